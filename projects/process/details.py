"""What the form of each step says, checked and split: codes for the decision, words kept apart."""

from datetime import date

from django.utils.translation import gettext as _

from governance.charters import load_charter
from governance.charters.facts import today
from governance.domain import committees
from governance.process.refusals import BadDetails
from governance.process.registry import Asked
from governance.qualification import FORMALITIES, QUALIFICATIONS
from projects.domain import reservations
from projects.domain.linkage import reason_of
from projects.dossier.changes import snapshot
from projects.dossier.form import SECTIONS
from projects.models import Convention

GROUNDS = ("not_held", "legal_obstacle", "third_party_rights", "capacity")
"""The closed list on which an establishment may decline or limit (P-12): not held or not fit…"""

LIMITS = ("without", "period_start", "period_end")
"""What an agreement may limit so that the extraction applies it by itself: variables kept back,
a period narrowed. What does not fit here is said in words (`limit`)."""

LONGEST_SEEN = 400
MOST_HOURS = 5000
MOST_RESERVATIONS = 20

ANSWERS = {
    "favourable": ("expressly_favourable", "with_recommendations", "tacit"),
    "conditional": ("reserved",),
    "unfavourable": ("unfavourable",),
}
"""The answers a body gives, by the outcome of `record_answer` they make."""


def check_details(asked: Asked) -> tuple[dict, dict]:
    """Codes and words of the step's form. Raises BadDetails, field by field."""
    check = CHECKS.get(asked.step.code)
    if check is None:
        if asked.details:
            raise BadDetails({name: [_("Ce champ n'existe pas ici.")] for name in asked.details})
        return {}, {}
    return check(asked)


def _only(asked: Asked, *names: str) -> None:
    unknown = set(asked.details) - set(names)
    if unknown:
        raise BadDetails({name: [_("Ce champ n'existe pas ici.")] for name in sorted(unknown)})


def _one_of(asked: Asked, name: str, choices) -> str:
    said = asked.details.get(name)
    if not isinstance(said, str) or said not in choices:
        raise BadDetails({name: [_("Choisissez une réponse de la liste.")]})
    return said


def _text(asked: Asked, name: str, most: int, needed: bool = True) -> str:
    said = asked.details.get(name, "")
    if not isinstance(said, str) or "\x00" in said:
        raise BadDetails({name: [_("Écrivez un texte.")]})
    said = said.strip()
    if needed and not said:
        raise BadDetails({name: [_("Ce champ est nécessaire.")]})
    if len(said) > most:
        raise BadDetails({name: [_("Au plus %(most)d caractères.") % {"most": most}]})
    return said


def _day(asked: Asked, name: str) -> str:
    try:
        return date.fromisoformat(asked.details.get(name)).isoformat()
    except (TypeError, ValueError):
        raise BadDetails({name: [_("Donnez une date, jour, mois et année.")]}) from None


def _past_day(asked: Asked, name: str) -> str:
    """A day on which something was done: not one to come."""
    said = _day(asked, name)
    if asked.at is not None and date.fromisoformat(said) > today(asked.at):
        raise BadDetails({name: [_("Ce jour est à venir : notez-le une fois passé.")]})
    return said


def _admit(asked: Asked) -> tuple[dict, dict]:
    _only(asked, "findings", "holder_seen")
    findings = asked.details.get("findings", {})
    if not isinstance(findings, dict) or not set(findings) <= {"U-01", "U-02"}:
        raise BadDetails({"findings": [_("Un constat porte sur U-01 ou U-02.")]})
    if not set(findings.values()) <= {"satisfied", "not_satisfied"}:
        raise BadDetails({"findings": [_("Le constat est : satisfait, ou non satisfait.")]})
    seen = _text(asked, "holder_seen", LONGEST_SEEN, needed=False)
    if not seen:
        return {"findings": findings}, {}
    return {"findings": findings, "holder_checked": True}, {"holder_seen": seen}


def _return(asked: Asked) -> tuple[dict, dict]:
    _only(asked, "points")
    points = asked.details.get("points")
    if not isinstance(points, list) or not points:
        raise BadDetails({"points": [_("Demandez au moins un point.")]})
    sections = {s.code: s for s in SECTIONS}
    checked = []
    for point in points:
        text = point.get("text") if isinstance(point, dict) else None
        if not isinstance(text, str) or not text.strip() or len(text) > 2000:
            raise BadDetails(
                {"points": [_("Écrivez ce qui est demandé, en 2 000 caractères au plus.")]}
            )
        section = sections.get(point.get("section"))
        if section is None:
            raise BadDetails({"points": [_("Chaque point porte sur une section du dossier.")]})
        checked.append(
            {
                "section": section.code,
                "field": str(point.get("field", ""))[:40],
                "article": str(point.get("article", ""))[:8],
                "text": text.strip(),
                "why_not_before": str(point.get("why_not_before", ""))[:2000].strip(),
            }
        )
    asked_before = asked.case.decisions.filter(step="return").exists()
    if asked_before and not all(p["why_not_before"] for p in checked):
        raise BadDetails(
            {"points": [_("Dites pourquoi ce point n'a pas été demandé la première fois.")]}
        )
    before = snapshot(asked.case.request, {p["section"] for p in checked})
    codes = {"points": [[p["section"], p["field"]] for p in checked]}
    return codes, {"points": checked, "before": before}


def _feasibility(asked: Asked) -> tuple[dict, dict]:
    """The work foreseen, which the establishment's delegate reads before agreeing."""
    _only(asked, "hours")
    hours = asked.details.get("hours")
    if hours is None:
        return {}, {}
    if isinstance(hours, bool) or not isinstance(hours, int) or not 0 <= hours <= MOST_HOURS:
        raise BadDetails({"hours": [_("Donnez un nombre d'heures.")]})
    return {"hours": hours}, {}


def _qualify(asked: Asked) -> tuple[dict, dict]:
    _only(asked, "qualification", "formality", "differs_reason", "conventions")
    reason = _text(asked, "differs_reason", 2000, needed=False)
    conventions = asked.details.get("conventions", ["access"])
    kinds = set(Convention.Kind.values)
    if not isinstance(conventions, list) or not set(map(str, conventions)) <= kinds:
        raise BadDetails({"conventions": [_("Choisissez des conventions de la liste.")]})
    codes = {
        "qualification": _one_of(asked, "qualification", QUALIFICATIONS),
        "formality": _one_of(asked, "formality", FORMALITIES),
        "differs_reason_length": len(reason),
        "conventions": sorted(set(conventions)),
    }
    return codes, {"differs_reason": reason}


def _site_answer(asked: Asked) -> tuple[dict, dict]:
    limited = asked.step.code == "agree_with_limits"
    _only(asked, "ground", "ready_on", *(("limit", *LIMITS) if limited else ()))
    codes = {"ground": _one_of(asked, "ground", GROUNDS)}
    if codes["ground"] == "capacity":
        codes["ready_on"] = _day(asked, "ready_on")
    if not limited:
        return codes, {}
    codes |= {name: _day(asked, name) for name in LIMITS[1:] if asked.details.get(name)}
    withheld = asked.details.get("without") or []
    known = {v.variable_id for v in asked.case.request.asked_variables.all()}
    if not isinstance(withheld, list) or not set(map(str, withheld)) <= known:
        raise BadDetails({"without": [_("Choisissez parmi les variables demandées.")]})
    if withheld:
        codes["without"] = sorted(set(withheld))
    return codes, {"limit": _text(asked, "limit", 1000)}


def _answer(asked: Asked) -> tuple[dict, dict]:
    _only(asked, "answer", "reference", "on")
    answer = _one_of(asked, "answer", ANSWERS[asked.outcome.code])
    codes = {"answer": answer, "on": _past_day(asked, "on")}
    return codes, {"reference": _text(asked, "reference", 120, needed=False)}


def _convention(asked: Asked) -> tuple[dict, dict]:
    _only(asked, "reference", "signed_on")
    signed_on = _past_day(asked, "signed_on")
    return {"signed_on": signed_on}, {"reference": _text(asked, "reference", 80)}


def _opinion(asked: Asked) -> tuple[dict, dict]:
    """The opinion is the one that the votes give: nobody writes another."""
    _only(asked, "reservations")
    item = committees.item_before(asked.case)
    if item is not None and asked.outcome.code not in committees.outcomes_open(item):
        raise BadDetails({"outcome": [_("Cet avis n'est pas celui que donnent les votes.")]})
    said = _reservations(asked, item)
    if asked.outcome.code != "reserved":
        said = []
    elif not said:
        raise BadDetails({"reservations": [_("Écrivez les réserves à lever.")]})
    return {}, {"reservations": said}


def _reservations(asked: Asked, item) -> list[dict]:
    """What must be lifted: a text with a reservation a line, or a list of them, each with who asked
    it, a member who voted (the chair when nobody is named), and the articles it rests on."""
    said = asked.details.get("reservations", "")
    if isinstance(said, str):
        lines = _text(asked, "reservations", 20_000, needed=False).splitlines()
        said = [{"text": line} for line in lines if line.strip()]
    if not isinstance(said, list) or len(said) > MOST_RESERVATIONS:
        raise BadDetails(
            {"reservations": [_("Au plus %(n)d réserves.") % {"n": MOST_RESERVATIONS}]}
        )
    known = {
        article.code
        for code, version in asked.case.charters.items()
        for article in load_charter(code, version).articles
    }
    members = committees.voters(item) if item is not None else set()
    return [_reservation(each, known, members) for each in said]


def _reservation(said, known: set[str], members: set[int]) -> dict:
    text = said.get("text") if isinstance(said, dict) else None
    if not isinstance(text, str) or "\x00" in text or not 0 < len(text.strip()) <= 1000:
        raise BadDetails(
            {"reservations": [_("Écrivez chaque réserve, en 1 000 caractères au plus.")]}
        )
    articles, asked_by = said.get("articles") or [], said.get("asked_by")
    if not isinstance(articles, list) or not set(map(str, articles)) <= known:
        raise BadDetails({"reservations": [_("Cet article n'est pas de ces chartes.")]})
    if asked_by is not None and asked_by not in members:
        raise BadDetails(
            {"reservations": [_("Une réserve est demandée par un membre qui a voté.")]}
        )
    return {"text": text.strip(), "articles": sorted(set(articles)), "asked_by": asked_by}


def _lift(asked: Asked) -> tuple[dict, dict]:
    """Which reservations are lifted: the opinion's index, then each one's number and articles."""
    _only(asked)
    rows = reservations.of_opinion(asked.case)
    return {"lifted": [[r.decision.index, r.number, r.articles] for r in rows]}, {}


def _authorise(asked: Asked) -> tuple[dict, dict]:
    _only(asked, "months", "conditions", "linkage")
    months = asked.details.get("months")
    if isinstance(months, bool) or not isinstance(months, int) or months < 1:
        raise BadDetails({"months": [_("Donnez une durée en mois, à partir de 1.")]})
    linkage = asked.details.get("linkage", False)
    if not isinstance(linkage, bool):
        raise BadDetails({"linkage": [_("Répondez par oui ou par non.")]})
    if linkage and reason_of(asked.case.request) is None:
        raise BadDetails({"linkage": [_("La demande ne demande pas de chaînage.")]})
    # Said only where it is allowed, so that other decisions are as they always were.
    codes = {"months": months} | ({"linkage": True} if linkage else {})
    return codes, {"conditions": _text(asked, "conditions", 4000, needed=False)}


CHECKS = {
    "admit": _admit,
    "state_feasibility": _feasibility,
    "return": _return,
    "qualify": _qualify,
    "agree_with_limits": _site_answer,
    "decline": _site_answer,
    "record_answer": _answer,
    "sign_convention": _convention,
    "give_opinion": _opinion,
    "lift_reservations": _lift,
    "authorise": _authorise,
}
