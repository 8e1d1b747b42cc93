"""What leaves the working spaces: deposited by the team, read and answered by checkers, downloaded
once it was let out."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.pages.outcome import accepted, posted
from governance.pages.stored_file import hand_over
from projects.airlock.figures import PNG
from projects.domain import outputs
from projects.forms.outputs import CheckForm, DepositForm
from projects.models import Output
from projects.queries.outputs import CHIPS, outputs_of, said_of
from projects.queries.overview import article_titles
from projects.views.frame import frame_context, visible_request


@login_required
@require_GET
def index(request, ref):
    """The deposits of a request, newest first."""
    demand, now = visible_request(request, ref), timezone.now()
    rows = [(output, CHIPS[output.state]) for output in outputs_of(demand)]
    opened = outputs.opened_to(demand, request.user, now)
    if not rows and not opened and demand.case.state not in ("access", "suspended"):
        raise Http404
    frame = frame_context(demand, request.user, now, tab="data", own_action=True)
    days = outputs.delay().number
    context = {"rows": rows, "opened": opened, "days": days, "hide_action": True}
    return render(request, "projects/outputs.html", frame | context)


@login_required
def new(request, ref, corrects=None):
    """Deposit files, or correct a deposit of which something was asked."""
    demand, now = visible_request(request, ref), timezone.now()
    opened = outputs.opened_to(demand, request.user, now)
    if not opened:
        raise Http404
    asked = None
    if corrects is not None:
        waiting = outputs_of(demand).filter(state=Output.State.ASKED, corrected_by__isnull=True)
        asked = get_object_or_404(waiting, number=corrects)
    form = DepositForm(
        posted(request),
        request.FILES or None,
        opened=opened,
        initial={"why": asked.why} if asked else None,
    )
    if accepted(form, lambda: _deposit(demand, form, asked, request.user, now)):
        messages.success(
            request, _("Vos fichiers sont déposés. Vous saurez par courriel ce qu'il en est.")
        )
        return redirect("projects:outputs", ref)
    frame = frame_context(demand, request.user, now, tab="data", own_action=True)
    context = {"form": form, "asked": asked, "days": outputs.delay().number}
    return render(request, "projects/output_new.html", frame | context)


def _deposit(demand, form, asked, person, at) -> None:
    outputs.deposit(
        demand,
        form.deposited(),
        form.chosen_sites(),
        form.cleaned_data["why"],
        by=person,
        at=at,
        corrects=asked,
    )


@login_required
def output(request, ref, number):
    """One deposit: its files, what was found of them, what was answered; the form of a checker."""
    demand, now = visible_request(request, ref), timezone.now()
    found = get_object_or_404(outputs_of(demand), number=number)
    reads = outputs.may_read(found, request.user, now)
    form = None
    if outputs.may_check(found, request.user, now):
        form = CheckForm(posted(request), case=demand.case, at=now)
        if accepted(
            form, lambda: outputs.check(found, **form.cleaned_data, by=request.user, at=now)
        ):
            messages.success(request, _("Votre réponse est enregistrée, l'équipe est prévenue."))
            return redirect("projects:output", ref, number)
    elif request.method == "POST":
        messages.error(
            request, _("Votre réponse n'est pas enregistrée : ce dépôt n'attend plus la vôtre.")
        )
        return redirect("projects:output", ref, number)
    mine = bool(outputs.opened_to(demand, request.user, now))
    corrected = getattr(found, "corrected_by", None)
    titles = article_titles(demand.case, now)
    context = {
        "output": found,
        "chip": CHIPS[found.state],
        "form": form,
        "reads": reads,
        "downloads": _downloads(found, demand, reads),
        "kept_until": outputs.kept_until(demand) if found.leaf_index is not None else None,
        "months": settings.AIRLOCK_KEPT_MONTHS,
        "found": demand.reader.on_team or reads,
        "corrects": mine and found.state == Output.State.ASKED and corrected is None,
        "corrected": corrected,
        "files": [
            (each, said_of(each), each.shown if reads else {}, _is_picture(each))
            for each in found.files.all()
        ],
        "checks": [
            (check, [(code, titles.get(code, code)) for code in check.articles])
            for check in found.checks.all()
        ],
        "hide_action": True,
    }
    frame = frame_context(demand, request.user, now, tab="data", own_action=True)
    return render(request, "projects/output.html", frame | context)


@login_required
@require_GET
def file(request, ref, number, position):
    """A file: to a checker, or, once it was let out, to the team. Its reading is logged."""
    demand, now = visible_request(request, ref), timezone.now()
    found = get_object_or_404(outputs_of(demand), number=number)
    if not _downloads(found, demand, outputs.may_read(found, request.user, now)):
        raise Http404
    each = get_object_or_404(found.files.select_related("file"), position=position)
    if outputs.has_changed(each, at=now):
        messages.error(
            request,
            _(
                "Ce fichier n'est plus celui qui a été déposé : le portail ne le donne pas. "
                "Un incident est déclaré, l'hôpital est prévenu."
            ),
        )
        return redirect("projects:output", ref, number)
    answer = hand_over(
        request,
        each.file,
        at=now,
        subject_type="output_file",
        subject_ref=each.pk,
        as_role=demand.reader.quality,
    )
    if "vue" in request.GET and answer.content.startswith(PNG):
        answer["Content-Type"] = "image/png"
        answer["Content-Disposition"] = content_disposition_header(False, each.file.name)
    return answer


def _downloads(found, demand, reads: bool) -> bool:
    """Whether the files are there for the reader: a checker, or the team once they were let out."""
    if found.state == Output.State.RELEASED:
        return reads or demand.reader.on_team
    return reads and found.waits


def _is_picture(each) -> bool:
    return any(finding["rule"] == "picture" for finding in each.findings) and (
        each.file.name.lower().endswith(".png")
    )
