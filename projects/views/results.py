"""The *Résultats* tab: what came out, in what words, what the closure lacks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.dates import say_day
from governance.pages.outcome import accepted, posted
from projects.domain import bibliography, reciprocity, recognition
from projects.domain import results as domain
from projects.forms.results import (
    EXCUSES,
    FIELDS,
    KINDS,
    OFFERED_BACK,
    ExcuseForm,
    ImportForm,
    PlainForm,
    ReciprocityForm,
    RecognitionForm,
    ResultForm,
)
from projects.queries import site_data
from projects.views.frame import frame_context, visible_request


@login_required
@require_GET
def index(request, ref):
    """Results, their summary for citizens, the 18-month clock, certificates."""
    demand, now = visible_request(request, ref), timezone.now()
    rows = list(demand.results.all())
    period = _period(demand)
    for row in rows:
        row.kind_label = KINDS[row.kind]
        row.too_early = row.before(period)
    said = _excuse_said(demand)
    offer = site_data.reciprocity_of(demand)
    context = {
        "rows": rows,
        "access_opened": period and period.starts_on,
        "plain": getattr(demand, "plain_results", None),
        "excuse": EXCUSES.get(said.data["code"]) if said else None,
        "excuse_text": said.text if said else "",
        "reciprocity": offer,
        "offered": [OFFERED_BACK[kind] for kind in offer.data.get("kinds", ())] if offer else [],
        "recognitions": site_data.recognitions_of(demand),
        "due": site_data.results_due(demand),
        "sites": site_data.sites_of(demand, demand.reader, now),
        "open": demand.case.state in domain.OPEN_IN,
        "adds": _adds(demand),
        "changes": _changes(demand),
    }
    frame = frame_context(demand, request.user, now, tab="results", own_action=context["adds"])
    context["hide_action"] = frame["action"].href == request.path
    return render(request, "projects/results.html", frame | context)


@login_required
@require_GET
def choose(request, ref):
    """Of what kind is the result."""
    demand = _demand(request, ref, _adds)
    context = _frame(request, demand) | {"kinds": KINDS.items()}
    return render(request, "projects/result_kinds.html", context)


@login_required
def new(request, ref, kind):
    """Declare a result of a kind."""
    demand, now = _demand(request, ref, _adds), timezone.now()
    if kind not in FIELDS:
        raise Http404
    form = ResultForm(posted(request), kind=kind)
    made = []
    if accepted(
        form,
        lambda: made.append(
            domain.declare(demand, kind, by=request.user, at=now, **form.cleaned_data)
        ),
    ):
        messages.success(request, _("Le résultat est déclaré."))
        _warn_of(request, demand, made)
        return redirect("projects:results", ref)
    return _form_page(request, demand, form, KINDS[kind])


@login_required
def edit(request, ref, pk):
    """Correct a result before the closure."""
    demand, now = _demand(request, ref, _changes), timezone.now()
    result = get_object_or_404(demand.results.select_related("request__case"), pk=pk)
    initial = {name: getattr(result, name) for name in ("title", *FIELDS[result.kind])}
    initial |= {
        "cites_establishments": result.cites_establishments,
        "cites_number": result.cites_number,
    }
    form = ResultForm(posted(request), kind=result.kind, initial=initial)
    if accepted(form, lambda: domain.correct(result, at=now, **form.cleaned_data)):
        messages.success(request, _("Le résultat est corrigé."))
        _warn_of(request, demand, [result])
        return redirect("projects:results", ref)
    return _form_page(request, demand, form, KINDS[result.kind])


def _period(demand):
    return getattr(demand, "access_period", None)


def _warn_of(request, demand, results) -> None:
    """Say at once of what is declared that its date keeps it from counting (U-11)."""
    period = _period(demand)
    if any(each.before(period) for each in results):
        messages.warning(
            request,
            _(
                "Daté d'avant l'ouverture de l'accès, le %(day)s, il ne compte pas pour la "
                "restitution. Si la date est fausse, corrigez-la."
            )
            % {"day": say_day(period.starts_on, whole=True)},
        )


@login_required
def remove(request, ref, pk):
    """Take a result back, after a question."""
    demand = _demand(request, ref, _changes)
    result = get_object_or_404(demand.results.select_related("request__case"), pk=pk)
    if request.method == "POST":
        domain.remove(result)
        messages.success(request, _("Le résultat est retiré."))
        return redirect("projects:results", ref)
    context = {
        "question": _("Retirer ce résultat ?"),
        "consequences": [result.title],
        "label": _("Retirer"),
        "kind": "danger",
        "cancel": reverse("projects:results", args=[ref]),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
def import_(request, ref):
    """Declare what a bibliography holds."""
    demand, now = _demand(request, ref, _adds), timezone.now()
    form = ImportForm(posted(request), request.FILES or None)
    done = {}
    if accepted(form, lambda: done.update(found=_import(demand, form, request.user, now))):
        declared, refused = done["found"]
        messages.success(request, _("Références déclarées : %(n)d.") % {"n": declared})
        for sentence in refused:
            messages.warning(request, sentence)
        return redirect("projects:results", ref)
    return render(request, "projects/result_import.html", _frame(request, demand) | {"form": form})


@login_required
def plain(request, ref):
    """The summary of the results for citizens."""
    demand = _demand(request, ref, _changes)
    said = getattr(demand, "plain_results", None)
    least = domain.least_summary(demand, timezone.now())
    form = PlainForm(posted(request), least, initial={"text": said.text if said else ""})
    if accepted(form, lambda: domain.write_plain_results(demand, form.cleaned_data["text"])):
        messages.success(request, _("Le résumé est enregistré."))
        return redirect("projects:results", ref)
    return _form_page(request, demand, form, _("Le résumé pour les citoyens"))


@login_required
def excuse(request, ref):
    """Say why there will be no result."""
    demand, now = _demand(request, ref, _changes), timezone.now()
    form = ExcuseForm(
        posted(request),
        codes=domain.excuses_of(demand, now),
        said=bool((said := _excuse_said(demand)) and said.data["code"]),
    )
    if accepted(form, lambda: domain.excuse(demand, **form.cleaned_data, by=request.user, at=now)):
        messages.success(request, _("C'est noté. Le chargé de dossier en tiendra compte."))
        return redirect("projects:results", ref)
    return _form_page(request, demand, form, _("Pas de résultat"))


def _excuse_said(demand):
    """The last ground given for having no result, taken back or not; None when none was."""
    return demand.case.records.filter(kind="results_excuse").order_by("-id").first()


@login_required
def offer_back(request, ref):
    """Say what the team offers back to the establishments, or why it cannot."""
    demand, now = _demand(request, ref, _changes), timezone.now()
    said = site_data.reciprocity_of(demand)
    initial = {**said.data, "text": said.text} if said else None
    form = ReciprocityForm(posted(request), initial=initial)
    if accepted(
        form, lambda: reciprocity.say(demand, **form.cleaned_data, by=request.user, at=now)
    ):
        messages.success(request, _("C'est noté. Les établissements le liront ici."))
        return redirect("projects:results", ref)
    return _form_page(request, demand, form, _("La réciprocité"))


@login_required
def recognise(request, ref, pk):
    """Say how what was agreed with an establishment was done."""
    demand, now = _demand(request, ref, _changes), timezone.now()
    found = next((each for each in site_data.recognitions_of(demand) if each.track.pk == pk), None)
    if found is None:
        raise Http404
    form = RecognitionForm(
        posted(request), initial={"text": found.given.text if found.given else ""}
    )
    if accepted(
        form,
        lambda: recognition.give(found.track, form.cleaned_data["text"], by=request.user, at=now),
    ):
        messages.success(request, _("C'est noté. Le chargé de dossier en tiendra compte."))
        return redirect("projects:results", ref)
    title = _("Reconnaissance : %(site)s") % {"site": found.track.establishment.name}
    return _form_page(request, demand, form, title, found.agreed.text)


def _adds(demand) -> bool:
    return demand.reader.writes and demand.case.state in domain.OPEN_IN


def _changes(demand) -> bool:
    return demand.reader.writes and demand.case.state in domain.CHANGED_IN


def _demand(request, ref, may):
    demand = visible_request(request, ref)
    if not may(demand):
        raise Http404
    return demand


def _frame(request, demand):
    return frame_context(demand, request.user, timezone.now(), tab="results", own_action=True)


def _form_page(request, demand, form, title, agreed=""):
    context = _frame(request, demand) | {"form": form, "form_title": title, "agreed": agreed}
    return render(request, "projects/result_form.html", context)


def _import(demand, form, by, at):
    return domain.declare_all(demand, bibliography.read(form.content()), by=by, at=at)
