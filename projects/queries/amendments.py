"""An amendment in words: what would change, where it stands, what stands in its way."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance.charters import load_charters
from governance.models import Decision
from governance.process.amendments import AMENDMENT
from governance.process.clocks import due, due_of
from governance.process.outlook import OpenStep, Outlook
from governance.process.table import APPEAL, APPEAL_DELAY
from projects.domain.people import people_of
from projects.models import Amendment
from projects.process.amendment_facts import TOUCHED, judged
from projects.queries.overview import (
    actor_words,
    article_titles,
    page_address,
    ref_of,
    say,
    site_names,
)

KINDS = {"accepted": "done", "refused": "stop", "withdrawn": "neutral"}


def titles_of(amendments: Iterable[Amendment]) -> list[str]:
    """What each amendment changes, in a few words. Two queries, whatever their number."""
    changes = [(each.kind, each.change) for each in amendments]
    people = people_of(change["person"] for _kind, change in changes if "person" in change)
    names = site_names()
    return [_title(kind, change, people, names) for kind, change in changes]


def _title(kind: str, change: dict, people: dict, names: dict) -> str:
    person = people.get(change.get("person"), "")
    match kind:
        case Amendment.Kind.PERIOD:
            return _("Porter la durée d'accès à %(n)d mois") % {"n": change["months"]}
        case Amendment.Kind.MEMBER if change["act"] == "join":
            return _("Faire entrer %(person)s dans l'équipe") % {"person": person}
        case Amendment.Kind.MEMBER:
            return _("Faire sortir %(person)s de l'équipe") % {"person": person}
        case Amendment.Kind.HOLDER:
            return _("Confier la demande à %(person)s") % {"person": person}
        case Amendment.Kind.LINKAGE:
            return _("Reconnaître une même personne d'un hôpital à l'autre")
    return _("Faire entrer %(site)s") % {"site": names[change["site"]]}


def chip_of(amendment: Amendment) -> dict:
    """The chip of where an amendment stands."""
    state = AMENDMENT.state(amendment.case.state)
    return {
        "kind": KINDS.get(state.code, "wait"),
        "label": state.label.say(get_language() or "fr"),
    }


def steps_for(amendment: Amendment, person, at: datetime) -> list[OpenStep]:
    """The steps that `person` may take on the amendment now. An appeal that is too late, or made
    already, is nobody's to take."""
    found = [s for s in Outlook(amendment.case, at).open_steps(person) if s.allowed]
    return [s for s in found if not (s.step.code == "appeal" and s.obstacles)]


def awaited_by(amendment: Amendment) -> tuple[str, datetime | None]:
    """Who acts next on it and until when; nobody (an empty word) once it is over."""
    case = amendment.case
    if case.tracks.filter(kind=APPEAL.kind, status="open").exists():
        return _("Un délégataire qui n'a pas pris part à la décision"), None
    acting = AMENDMENT.state(case.state).acts_next
    if not acting:
        return "", None
    return actor_words(acting), due_of(case)


def appealed_until(amendment: Amendment) -> datetime | None:
    """Until when its refusal can be appealed; None when it was not refused."""
    refused = amendment.case.state == "refused"
    return due(APPEAL_DELAY, amendment.case.state_since) if refused else None


def hindrances(amendment: Amendment, at: datetime) -> list[dict]:
    """What the change does not satisfy among the articles that it touches, a sentence each."""
    names = site_names()
    return [
        {"sentence": say(verdict, names), "article": verdict.article}
        for verdict in judged(amendment, at)
        if verdict.holds is not True
    ]


def articles_touched(amendment: Amendment, at: datetime) -> list[tuple[str, str]]:
    """The articles that a negative answer may cite: (code, title)."""
    titles = article_titles(amendment.case, at)
    return [(code, titles[code]) for code in TOUCHED[amendment.kind] if code in titles]


def decisions_of(amendment: Amendment) -> list[dict]:
    """What was decided of it, oldest first, for a timeline."""
    language, tones = get_language() or "fr", {"positive": "done", "negative": "stop"}
    told = [
        {
            "at": amendment.proposed_at,
            "title": _("Avenant proposé"),
            "reason": amendment.reason,
        }
    ]
    decisions = amendment.case.decisions.select_related("reason", "attestation", "document")
    for decision in decisions.order_by("index"):
        rule = AMENDMENT.step(decision.step)
        answer = rule.outcome(decision.from_state, decision.outcome)
        told.append(
            {
                "at": decision.at,
                "title": answer.label.say(language),
                "reason": decision.reason.text,
                "kind": tones.get(decision.tone, ""),
                "links": _links(amendment, decision),
            }
        )
    return told


def _links(amendment: Amendment, decision: Decision) -> list[dict]:
    """The articles that a decision cites, its paper, once made, and its leaf in the public
    register."""
    language = get_language() or "fr"
    links = [
        {
            "href": reverse("public:article", args=[charter.code, article.code]),
            "label": article.title[language],
        }
        for charter in load_charters(decision.charters)
        for article in charter.articles
        if article.code in decision.articles
    ]
    if getattr(decision, "document", None):
        ref = ref_of(amendment.request)
        address = page_address("amendment_pdf", ref, amendment.pk, decision.index)
        links.append({"href": address, "label": _("Lire la décision (PDF)")})
    if attested := getattr(decision, "attestation", None):
        label = _("Feuille %(index)d du registre public") % {"index": attested.leaf_index}
        links.append({"href": reverse("ledger_leaf", args=[attested.leaf_index]), "label": label})
    return links


def publicly_titled(amendment: Amendment) -> str:
    """What an amendment changes, in public words: a quality, never a person. Its case is led by
    the establishment that would join."""
    change = amendment.change
    match amendment.kind:
        case Amendment.Kind.PERIOD:
            months = change["months"]
            return ngettext(
                "porter la durée d’accès à %(n)d mois",
                "porter la durée d’accès à %(n)d mois",
                months,
            ) % {"n": months}
        case Amendment.Kind.MEMBER if change["act"] == "join":
            return _("faire entrer une personne dans l’équipe")
        case Amendment.Kind.MEMBER:
            return _("faire sortir une personne de l’équipe")
        case Amendment.Kind.HOLDER:
            return _("changer de responsable")
        case Amendment.Kind.LINKAGE:
            return _("reconnaître une même personne d’un hôpital à l’autre")
    return _("faire entrer %(site)s") % {"site": amendment.case.lead.short_name}
