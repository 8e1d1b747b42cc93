"""The decisions of a request, told to those who know it: who, in what quality, on what, why."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.charters import Verdict
from governance.charters.sentences import say_date
from governance.models import Decision
from governance.process.registry import registered
from governance.process.table import REQUEST
from governance.qualification import source_label
from projects.dossier.form import SECTIONS
from projects.models import Request
from projects.queries.overview import (
    CONVENTIONS,
    Line,
    article_titles,
    names_for,
    page_address,
    quality_words,
    ref_of,
    say,
    track_name,
)
from projects.queries.register import FORMALITIES, ROUTES

KINDS = {"positive": "done", "negative": "stop"}
GROUND_WORDS = {
    "not_held": gettext_lazy("Données non détenues ou inadaptées"),
    "legal_obstacle": gettext_lazy("Obstacle légal"),
    "third_party_rights": gettext_lazy("Droits ou secrets de tiers"),
    "capacity": gettext_lazy("Capacité, avec la date à partir de laquelle livrer"),
}
ANSWER_WORDS = {
    "expressly_favourable": gettext_lazy("Favorable, expressément"),
    "with_recommendations": gettext_lazy("Favorable, avec recommandations"),
    "tacit": gettext_lazy("Favorable, tacitement"),
    "reserved": gettext_lazy("Favorable sous conditions"),
    "unfavourable": gettext_lazy("Défavorable"),
}
FINDING_WORDS = {
    "satisfied": gettext_lazy("satisfait"),
    "not_satisfied": gettext_lazy("non satisfait"),
}
NAMES = {
    "hours": gettext_lazy("Travail prévu, en heures"),
    "holder_seen": gettext_lazy("Statut du porteur vérifié d'après"),
    "qualification": gettext_lazy("Qualification"),
    "formality": gettext_lazy("Formalité"),
    "conventions": gettext_lazy("Conventions"),
    "differs_reason": gettext_lazy("Pourquoi cette voie diffère"),
    "ground": gettext_lazy("Motif"),
    "ready_on": gettext_lazy("Livraison possible à partir du"),
    "limit": gettext_lazy("Limites"),
    "answer": gettext_lazy("Réponse de l'organisme"),
    "on": gettext_lazy("Datée du"),
    "reference": gettext_lazy("Référence"),
    "signed_on": gettext_lazy("Signée le"),
    "reservations": gettext_lazy("Réserves"),
    "lifted": gettext_lazy("Réserves levées, par leur numéro"),
    "difference": gettext_lazy("Ce qui distingue cette demande"),
    "months": gettext_lazy("Durée d'accès, en mois"),
    "linkage": gettext_lazy("Chaînage"),
    "conditions": gettext_lazy("Conditions"),
}
"""What a decision's details are called, in the order in which they are said."""


@dataclass
class Told:
    """One decision in words. `checked` are the verdicts it rests on, a computed one said so."""

    decision: Decision
    title: str
    kind: str
    quality: str
    reason: str
    erased: bool
    articles: list[tuple[str, str]] = field(default_factory=list)
    details: list[tuple[str, str]] = field(default_factory=list)
    points: list[dict] = field(default_factory=list)
    checked: list[Line] = field(default_factory=list)
    leaf: int | None = None
    document: str = ""


def story(request: Request, at: datetime) -> list[Told]:
    """Every decision of the request, newest first. Queries do not grow with decisions."""
    decisions = request.case.decisions.select_related(
        "by", "delegation", "track__establishment", "reason", "attestation", "document__file"
    ).order_by("-index")
    names = names_for(request) | {
        str(p.person.ref): str(p.person)
        for p in request.case.participations.select_related("person")
    }
    titles = article_titles(request.case, at)
    return [_told(decision, names, titles, ref_of(request)) for decision in decisions]


def _told(decision: Decision, names: dict, titles: dict, ref: str) -> Told:
    reason = getattr(decision, "reason", None)
    words = reason.details if reason else {}
    attested = getattr(decision, "attestation", None)
    paper = getattr(decision, "document", None)
    to_read = paper and not paper.file.erased_at
    return Told(
        decision=decision,
        title=title_of(decision),
        kind=KINDS.get(decision.tone, "here"),
        quality=quality_words(decision.acting_as),
        reason=reason.text if reason else "",
        erased=bool(reason and reason.erased_at),
        articles=[(code, titles.get(code, code)) for code in decision.articles],
        details=_details({**decision.details, **words}, names),
        points=[_point(point) for point in words.get("points", [])],
        checked=[_checked(Verdict.from_data(data), names) for data in decision.verdicts],
        leaf=attested.leaf_index if attested else None,
        document=page_address("decision_pdf", ref, decision.index) if to_read else "",
    )


def title_of(decision: Decision) -> str:
    """What a decision is called: its answer, and the track it moved."""
    language = get_language() or "fr"
    step = registered(decision.case.process).process.step(decision.step)
    outcome = next(o for o in step.outcomes if o.code == decision.outcome)
    title = outcome.label.say(language)
    if decision.track_id and decision.track.kind in ("site", "formality", "convention"):
        return _("%(step)s : %(track)s") % {"step": title, "track": track_name(decision.track)}
    return title


def _checked(verdict: Verdict, names: dict) -> Line:
    if verdict.holds and verdict.key.startswith("need."):
        need = next(n for s in REQUEST.steps for n in s.needs if n.code == verdict.clause)
        return Line(need.label.say(get_language() or "fr"))
    return Line(say(verdict, names), verdict.article)


def _details(said: dict, names: dict) -> list[tuple[str, str]]:
    found = [
        (_("Constat sur %(article)s") % {"article": article}, str(FINDING_WORDS[finding]))
        for article, finding in sorted(said.get("findings", {}).items())
    ]
    return found + [
        (str(name), _value(code, said[code])) for code, name in NAMES.items() if said.get(code)
    ]


def _value(code: str, said) -> str:
    language = get_language() or "fr"
    match code:
        case "ground":
            return str(GROUND_WORDS.get(said, said))
        case "answer":
            return str(ANSWER_WORDS.get(said, said))
        case "conventions":
            return ", ".join(str(CONVENTIONS[kind]) for kind in said)
        case "qualification" | "formality":
            return route_words(said)
        case "reservations":
            return "\n".join(f"{n}. {each['text']}" for n, each in enumerate(said, 1))
        case "lifted":
            return ", ".join(str(number) for _opinion, number, _articles in said)
        case "linkage":
            return _("autorisé, par le tiers de confiance")
        case "on" | "ready_on" | "signed_on":
            return say_date(date.fromisoformat(said), language)
    return str(said)


def route_words(code: str) -> str:
    """The name of a qualification or a formality, its code before it when it is one of a text."""
    if code in ROUTES or code in FORMALITIES:
        return str(ROUTES.get(code) or FORMALITIES[code])
    if code == "A_TRANCHER":
        return _("À trancher")
    return source_label(code, get_language() or "fr")


def _point(point: dict) -> dict:
    section = next((s for s in SECTIONS if s.code == point["section"]), None)
    form = section.field(point["field"]) if section and point.get("field") else None
    return point | {
        "section_title": section.title if section else point["section"],
        "field_label": form.label if form else "",
    }
