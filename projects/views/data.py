"""The *Données* tab of a request: deliveries, accesses, their end, what is kept and destroyed."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.queries.findings import in_order, visible_to
from governance.pages.outcome import accepted, posted
from governance.process.engine import take_step
from governance.process.refusals import Refusal
from projects.domain import extractions, findings, openings, records, spaces
from projects.forms.lifetime import CopiesForm, HearingForm, OpeningForm
from projects.queries import site_data
from projects.queries.spaces import certificate_of
from projects.views.frame import frame_context, visible_request

MOST_FINDINGS = 20
"""Anomalies that the tab lists; the others are under *Anomalies signalées*."""


@login_required
@require_GET
def index(request, ref):
    """What each establishment delivers, who has access, until when."""
    demand, now = visible_request(request, ref), timezone.now()
    reader = demand.reader
    sites = site_data.sites_of(demand, reader, now)
    context = {
        "sites": sites,
        "live": any(site.live for site in sites),
        "period": site_data.period_of(demand),
        "decided": demand.case.state in site_data.AFTER_DECISION,
        "choose": site_data.may_choose_opening(demand, reader),
        "may_end": reader.holder and demand.case.state in ("access", "suspended"),
        "may_speak": site_data.may_record_hearing(demand, reader),
        "hearings": site_data.hearings_of(demand),
        "has_outputs": demand.case.state in ("access", "suspended") or demand.outputs.exists(),
        "may_report": findings.may_report(demand, request.user, now),
        "findings": _findings(demand, request.user, now),
        "catalogue_changes": site_data.catalogue_changes(demand),
        "now": now,
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "projects/data_sites.html", context | {"ref": ref})
    frame = frame_context(demand, request.user, now, tab="data")
    # The next step may lead to this very page: then the page has its own.
    here = frame["action"].href == request.path
    frame |= {"own_action": here, "hide_action": here}
    return render(request, "projects/data.html", frame | context)


def _findings(demand, person, now):
    return in_order(visible_to(person, now).filter(case=demand.case))[:MOST_FINDINGS]


@login_required
def opening(request, ref):
    """The holder chooses when the accesses open."""
    demand, now = visible_request(request, ref), timezone.now()
    if not site_data.may_choose_opening(demand, demand.reader):
        raise Http404
    by_site = demand.access_period.site_by_site
    form = OpeningForm(posted(request), initial={"site_by_site": "yes" if by_site else "no"})
    if accepted(form, lambda: openings.choose_opening(demand, **form.cleaned_data, at=now)):
        messages.success(request, _("Votre choix est enregistré."))
        return redirect("projects:data", ref)
    context = frame_context(demand, request.user, now, tab="data", own_action=True)
    return render(request, "projects/opening.html", context | {"form": form})


@login_required
def end(request, ref):
    """The holder ends the access now, after a question."""
    demand = visible_request(request, ref)
    if not demand.reader.holder or demand.case.state not in ("access", "suspended"):
        raise Http404
    if request.method == "POST":
        try:
            take_step(demand.case, "end_access", by=request.user, at=timezone.now())
            messages.success(request, _("L'accès a pris fin. Les espaces de travail se ferment."))
        except Refusal:
            messages.error(request, _("L'accès a changé d'état entre-temps : rien n'a été fait."))
        return redirect("projects:data", ref)
    context = {
        "question": _("Mettre fin à l'accès maintenant ?"),
        "consequences": [
            _("Toute l'équipe perd l'accès aux données, tout de suite et pour de bon."),
            _("Les espaces de travail sont fermés et le jeu de l'étude est scellé sur place."),
            _("Vous avez ensuite 18 mois pour publier ou déposer vos résultats."),
        ],
        "label": _("Mettre fin à l'accès"),
        "kind": "danger",
        "cancel": reverse("projects:data", args=[ref]),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
def copies(request, ref, pk):
    """The data engineer certifies that the working copies are destroyed."""
    demand, now = visible_request(request, ref), timezone.now()
    site = _site(demand, pk, now)
    if not site.certify:
        raise Http404
    form = CopiesForm(posted(request))
    if accepted(form, lambda: _certify(site, form.cleaned_data["reference"], request.user, now)):
        messages.success(request, _("Le certificat est enregistré."))
        return redirect("projects:data", ref)
    context = {
        "question": _("Attester la destruction des copies de travail ?"),
        "consequences": [
            _("Établissement : %(site)s.") % {"site": site.name},
            _("Le jeu de l'étude, scellé, n'est pas concerné : il attend son terme."),
        ],
        "form": form,
        "label": _("Attester"),
        "cancel": reverse("projects:data", args=[ref]),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
def destroy_space(request, ref, pk):
    """The data engineer orders the destruction of the working space, after a question."""
    demand, now = visible_request(request, ref), timezone.now()
    site = _site(demand, pk, now)
    if site.space is None or not site.space.destroy:
        raise Http404
    if request.method == "POST":
        said = _("L'ordre est parti. Le certificat viendra du site.")
        return _ordered(request, ref, spaces.destroy, site.track, now, said)
    context = {
        "question": _("Détruire l'espace de travail ?"),
        "consequences": [
            _("Établissement : %(site)s.") % {"site": site.name},
            _("Tout ce que l'équipe a laissé dans l'espace y est effacé, pour de bon."),
            _("Si un recours rend l'accès, l'équipe ne retrouvera pas son travail."),
            _("Le jeu de l'étude, scellé, n'est pas concerné : il attend son terme."),
            _("Le site répond par un certificat signé, qui dit ce qui était là."),
        ],
        "label": _("Détruire l'espace de travail"),
        "kind": "danger",
        "cancel": reverse("projects:data", args=[ref]),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
@require_POST
def retry_space(request, ref, pk):
    """The data engineer has what failed ordered again."""
    demand, now = visible_request(request, ref), timezone.now()
    site = _site(demand, pk, now)
    if site.space is None or not site.space.retry:
        raise Http404
    said = _("L'ordre est reparti. L'avancement s'affiche ici.")
    return _ordered(request, ref, spaces.retry, site.track, now, said)


@login_required
@require_GET
def certificate(request, ref, pk):
    """What a site certified destroyed, with its signature, as a file."""
    demand = visible_request(request, ref)
    found = certificate_of(demand, pk)
    if found is None:
        raise Http404
    name = f"certificat-{demand.case.number}-{found.track.key}-{found.kind}.json"
    return HttpResponse(
        json.dumps(found.statement, ensure_ascii=False, indent=1, sort_keys=True),
        content_type="application/json",
        headers={
            "Content-Disposition": content_disposition_header(True, name),
            "Cache-Control": "private, no-store",
        },
    )


@login_required
def destroy(request, ref, pk):
    """The data engineer orders the destruction of the sealed dataset."""
    demand, now = visible_request(request, ref), timezone.now()
    site = _site(demand, pk, now)
    if not site.destroy:
        raise Http404
    if request.method == "POST":
        said = _("L'ordre est parti. Le certificat viendra du site.")
        return _ordered(request, ref, extractions.destroy, site.track, now, said)
    context = {
        "question": _("Détruire le jeu de l'étude ?"),
        "consequences": [
            _("Établissement : %(site)s.") % {"site": site.name},
            _("Le jeu scellé et toutes les livraisons de cette étude y sont effacés."),
            _("On ne pourra plus refaire les calculs. Cela ne se défait pas."),
        ],
        "label": _("Détruire le jeu de l'étude"),
        "kind": "danger",
        "cancel": reverse("projects:data", args=[ref]),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
def hearing(request, ref):
    """The holder is heard, in writing; or a case officer writes down what was said."""
    demand, now = visible_request(request, ref), timezone.now()
    if not site_data.may_record_hearing(demand, demand.reader):
        raise Http404
    form = HearingForm(posted(request))
    if accepted(form, lambda: _hear(demand, form.cleaned_data["text"], request.user, now)):
        messages.success(request, _("Les observations sont jointes au dossier."))
        return redirect("projects:data", ref)
    context = frame_context(demand, request.user, now, tab="data", own_action=True)
    return render(
        request,
        "projects/hearing.html",
        context | {"form": form, "hearings": site_data.hearings_of(demand)},
    )


def _site(demand, pk, now):
    found = next(
        (s for s in site_data.sites_of(demand, demand.reader, now) if s.track.pk == pk), None
    )
    if found is None:
        raise Http404
    return found


def _ordered(request, ref, order, track, now, said: str):
    """Give the site of `track` an order, and go back to the data: `said` once it left, or why it
    did not."""
    try:
        order(track, by=request.user, at=now)
        messages.success(request, said)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("projects:data", ref)


def _certify(site, reference, by, at):
    openings.certify_copies_destroyed(site.track, reference, by=by, at=at)


def _hear(demand, text, by, at):
    records.record(demand.case, "hearing", by=by, at=at, text=text)
