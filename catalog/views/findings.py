"""Anomalies found in data: reported from the catalogue, read, taken, answered, followed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.domain import findings
from catalog.forms.findings import AnswerForm, FollowForm, ReportForm
from catalog.models import Dataset, Finding
from catalog.queries import variables_of
from catalog.queries.findings import in_order, visible_to
from governance.pages.outcome import accepted, posted
from governance.permissions import may as is_allowed
from governance.queries.people import is_staff
from governance.roles import Permission

A_PAGE = 20


@login_required
@require_GET
def index(request):
    """The anomalies that one may read, what waits first."""
    found = in_order(visible_to(request.user, timezone.now()))
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "findings/index.html", {"page_obj": page, "now": timezone.now()})


@login_required
def report(request, slug):
    """Staff of any clinical data centre report an anomaly in a dataset."""
    now = timezone.now()
    found = get_object_or_404(Dataset.objects.shown(), pk=slug)
    if not is_staff(request.user, now):
        raise Http404
    form = ReportForm(posted(request), variables=variables_of(found))

    def act():
        said = form.cleaned_data
        form.made = findings.report_from_catalogue(
            found, said["variable"], said["text"], by=request.user, at=now
        )

    if accepted(form, act):
        messages.success(request, _("L'anomalie est signalée à l'hôpital, qui vous répondra."))
        return redirect("catalog:finding", form.made.pk)
    days = findings.delay_at(found.establishment_id, now).number
    context = {"form": form, "dataset": found, "days": days}
    return render(request, "findings/report.html", context)


@login_required
@require_GET
def finding(request, pk):
    """One anomaly: what was reported, what was answered, its history; what is left to do."""
    return _page(request, _visible(request, pk))


@login_required
@require_POST
def take(request, pk):
    """Take charge of it."""
    found = _answerable(request, pk)
    try:
        findings.take(found, by=request.user, at=timezone.now())
        messages.success(request, _("Vous avez pris l'anomalie en charge."))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("catalog:finding", pk)


@login_required
@require_POST
def answer(request, pk):
    """Answer it, for the establishment."""
    found, now = _answerable(request, pk), timezone.now()
    form = AnswerForm(request.POST)

    def act():
        said = form.cleaned_data
        findings.answer(found, said["state"], said["text"], said["day"], by=request.user, at=now)

    if accepted(form, act):
        messages.success(
            request, _("Votre réponse est enregistrée ; qui elle concerne est prévenu.")
        )
        return redirect("catalog:finding", pk)
    return _page(request, found, form)


@login_required
@require_POST
def follow(request, pk):
    """Say that it was mended, or put off."""
    found, now = _answerable(request, pk), timezone.now()
    form = FollowForm(request.POST)

    def act():
        said = form.cleaned_data
        do = findings.mend if said["act"] == "mend" else findings.put_off
        do(found, said["day"], said["text"], by=request.user, at=now)

    if accepted(form, act):
        messages.success(request, _("C'est enregistré."))
        return redirect("catalog:finding", pk)
    return _page(request, found, form)


def _visible(request, pk) -> Finding:
    found = visible_to(request.user, timezone.now()).select_related("reported_by")
    return get_object_or_404(found, pk=pk)


def _answerable(request, pk) -> Finding:
    found = _visible(request, pk)
    if not findings.may_answer(request.user, found.dataset.establishment, timezone.now()):
        raise Http404
    return found


def _page(request, found: Finding, form=None):
    now = timezone.now()
    may = findings.may_answer(request.user, found.dataset.establishment, now)
    held = findings.held_again(found) if found.found_by_id and found.open else None
    if may and form is None:
        # What a check says again is proposed as mended that day: a person says so, or otherwise.
        if found.waits:
            proposed = {"state": Finding.State.MENDED, "day": held.day} if held else None
            form = AnswerForm(initial=proposed)
        elif found.to_mend:
            form = FollowForm(initial={"act": "mend", "day": held.day} if held else None)
    context = {
        "finding": found,
        "events": found.events.select_related("by"),
        "form": form if may else None,
        "following": isinstance(form, FollowForm),
        "may": may,
        "held": held,
        "reads_checks": found.found_by_id and (may or _follows(request.user, found)),
        "late": found.waits and found.due_at < now,
        "mine": found.assigned_to_id == request.user.pk,
    }
    return render(request, "findings/finding.html", context)


def _follows(person, found: Finding) -> bool:
    """Whether `person` follows the activity of the establishment, its checks included."""
    return is_allowed(person, Permission.STEER, found.dataset.establishment)
