"""The papers the portal makes: a decision's PDF, the receipt of a deposit. Tagged, in French.

A paper says who decided, in what quality and under which delegation; what it rests on (articles
with the texts they cite, computed verdicts with their article and version, reasons); its
conditions; the means of appeal. It is rendered once, in a worker, from what was stored when the
decision was taken.
"""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters import Verdict, guards_of, load_charters
from governance.charters.facts import months_later, today
from governance.domain.documents import make_document
from governance.models import Decision
from governance.process.registry import registered
from governance.process.shape import HOLDER, LEGAL, NEGATIVE, SYSTEM
from governance.process.table import APPEAL_DELAY
from governance.roles import ROLES
from projects.models import Amendment, Request, ReservationAnswer
from projects.notices.acts import request_of
from projects.queries.amendments import titles_of
from projects.queries.overview import ref_of, say, site_names
from projects.queries.reservations import said_in

TEMPLATE_VERSION = 2
"""Raised with each change of the templates: a leaf says with which one its paper was made."""

LANGUAGE = "fr"
DEPOSIT = "submit"


@outbox.handler("document", lane="documents")
def make(payload: dict) -> None:
    """Make the paper of a decision, once."""
    decision = Decision.objects.select_related(
        "case__lead", "track__establishment", "by", "delegation__establishment", "reason"
    ).get(pk=payload["decision"])
    request = request_of(decision.case)
    deposit = decision.step == DEPOSIT and decision.case_id == request.pk
    template, context = ("receipt", receipt) if deposit else ("decision", decided)

    def render() -> bytes:
        # Loading the renderer takes a second: only a worker that renders pays it.
        from projects.documents.pdf import render_pdf

        with translation.override(LANGUAGE):
            return render_pdf(template, context(decision, request))

    make_document(
        decision,
        render,
        name=_file_name(decision, request),
        template_version=TEMPLATE_VERSION,
        at=timezone.now(),
    )


def _file_name(decision: Decision, request: Request) -> str:
    ref = ref_of(request)
    if amendment := _amendment(decision):
        before = request.amendments.filter(proposed_at__lte=amendment.proposed_at).count()
        ref = f"{ref}-avenant-{before}"
    return f"{ref}-{decision.index:02d}.pdf"


def _amendment(decision: Decision) -> Amendment | None:
    return getattr(decision.case, "amendment", None)


def decided(decision: Decision, request: Request) -> dict:
    """What the paper of a decision says."""
    process = registered(decision.case.process).process
    step = process.step(decision.step)
    outcome = next(o for o in step.outcomes if o.code == decision.outcome)
    charters = load_charters(decision.charters)
    articles = {article.code: article for charter in charters for article in charter.articles}
    amendment = _amendment(decision)
    return _common(decision, request) | {
        "amendment": titles_of([amendment])[0] if amendment else "",
        "step": step.label.say(LANGUAGE),
        "outcome": outcome.label.say(LANGUAGE),
        "place": _place(decision),
        "from_state": process.state(decision.from_state).label.say(LANGUAGE),
        "to_state": process.state(decision.to_state).label.say(LANGUAGE),
        "moved": decision.from_state != decision.to_state,
        "quality": quality(decision),
        "cited": [articles[code] for code in decision.articles if code in articles],
        "verdicts": _verdicts(decision, request, articles),
        "reason": decision.reason.text,
        "words": _words(decision),
        "months": decision.details.get("months"),
        "linkage": decision.details.get("linkage", False),
        "conditions": _conditions(decision, charters),
        "negative": decision.tone == NEGATIVE,
        "appeal_source": APPEAL_DELAY.source,
        "decides": step.delegated or decision.acting_as not in (HOLDER, SYSTEM),
    }


def receipt(decision: Decision, request: Request) -> dict:
    """What the receipt of a deposit says (CRPA L.112-3, R.112-5, L.231-4)."""
    handler = request.handlers.order_by("since").select_related("person").first()
    deadline = decision.case.deadlines.filter(subject="state:admissibility").first()
    lead = decision.case.lead
    return _common(decision, request) | {
        "lead": lead,
        "handler": handler.person if handler else None,
        "due_at": deadline.due_at if deadline else None,
        "legal": deadline is not None and deadline.kind == LEGAL,
        "silence_on": silence_on(decision),
        "silence_months": lead.silence_months,
        "sites": [
            each.establishment.name
            for each in request.asked_sites.select_related("establishment").all()
        ],
        "reserves": [v for v in _verdicts(decision, request, {}) if v["holds"] is not True],
    }


def silence_on(decision: Decision):
    """The day on which silence means rejection, for a deposit."""
    return months_later(today(decision.at), decision.case.lead.silence_months)


def _common(decision: Decision, request: Request) -> dict:
    holder = (
        decision.case.participations.filter(part="holder", since__lte=decision.at)
        .order_by("-since")
        .select_related("person")
        .first()
    ) or request.case.participations.filter(part="holder").select_related("person").first()
    return {
        "decision": decision,
        "demand": request,
        "number": request.case.number or "",
        "holder": holder.person if holder else None,
        "lead": decision.case.lead or request.case.lead,
        "leaf": decision.attestation.leaf_index,
        "facts": bytes(decision.facts_id).hex(),
        "verify": f"{settings.SITE_URL}/ledger/verifier?index={decision.attestation.leaf_index}",
        "address": settings.SITE_URL + _page(decision, request),
        "template_version": TEMPLATE_VERSION,
    }


def _page(decision: Decision, request: Request) -> str:
    """The page where the decision is told, in French as the paper is."""
    if amendment := _amendment(decision):
        return reverse("projects:amendment", args=[ref_of(request), amendment.pk])
    return reverse("projects:decisions", args=[ref_of(request)])


def quality(decision: Decision) -> str:
    """In what quality it was decided: a role's name, the holder, the portal itself."""
    if decision.acting_as == HOLDER:
        return _("porteur de la demande")
    if decision.acting_as == SYSTEM:
        return _("le portail, de lui-même")
    name = str(ROLES[decision.acting_as].name)
    return name[:1].lower() + name[1:]


def _place(decision: Decision) -> str:
    track = decision.track
    if track is None:
        return ""
    if track.establishment_id:
        return track.establishment.name
    label = registered(decision.case.process).process.track(track.kind).label.say(LANGUAGE)
    return f"{label} {track.key}".strip()


def _verdicts(decision: Decision, request: Request, articles: dict) -> list[dict]:
    """Each verdict as a sentence, with its article and version; needs of procedure apart."""
    names = site_names() | {
        str(part.person.ref): str(part.person)
        for part in request.case.participations.select_related("person")
    }
    found = []
    for data in decision.verdicts:
        verdict = Verdict.from_data(data)
        article = articles.get(verdict.article)
        found.append(
            {
                "sentence": say(verdict, names),
                "article": verdict.article,
                "title": article.title[LANGUAGE] if article else "",
                "version": verdict.version,
                "holds": verdict.holds,
                "judged": article is not None and article.nature == "judgement",
            }
        )
    return found


def _words(decision: Decision) -> list[tuple[str, list[str]]]:
    """What the step's form said in words, under its headings."""
    details = decision.reason.details
    headings = (
        ("conditions", _("Conditions particulières")),
        ("holder_seen", _("Statut du porteur vérifié d'après")),
        ("limit", _("Limite")),
        ("differs_reason", _("Motif de l'écart avec la voie calculée")),
        ("reference", _("Référence")),
        (
            "difference",
            _("Ce qui distingue cette demande de celles qui ont reçu une autre réponse"),
        ),
    )
    found = [(str(title), [details[code]]) for code, title in headings if details.get(code)]
    points = [point["text"] for point in details.get("points", ())]
    lists = (
        (_("Réserves"), said_in(details)),
        (_("Réserves levées"), _lifted(decision)),
        (_("Points demandés"), points),
    )
    return found + [(str(title), lines) for title, lines in lists if lines]


def _conditions(decision: Decision, charters) -> list:
    """The articles an authorisation stays subject to: those that guard the opening of access, and
    those looked at continuously (CRPA L.242-2)."""
    if decision.step != "authorise":
        return []
    clauses = [*guards_of("open_access", charters)]
    clauses += [c for charter in charters for c in charter.clauses if c.continuous]
    codes = {clause.article for clause in clauses}
    return [a for charter in charters for a in charter.articles if a.code in codes]


def _lifted(decision: Decision) -> list[str]:
    """The reservations that the decision lifts, each with why its answer was accepted."""
    cited = decision.details.get("lifted") or ()
    if not cited:
        return []
    answers = ReservationAnswer.objects.filter(
        reservation__request=decision.case_id,
        reservation__decision__index=cited[0][0],
        accepted=True,
    ).select_related("reservation")
    return [
        f"{each.reservation.text} – {each.reason}"
        for each in answers.order_by("reservation__number")
    ]
