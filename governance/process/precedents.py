"""Precedents: decisions the other way, on the same facts for the articles that are cited (P-04).

A negative decision of a person that has one says in a sentence what differs: the engine asks for
it, whoever calls. Only published decisions are precedents, so that all may read them. Their
likeness (`governance.charters.alike`) was written with them: finding them is one query.
"""

from collections.abc import Mapping

from governance.charters import load_charters
from governance.charters.alike import Judged, likeness
from governance.models.decision import Decision
from governance.process.registry import Asked, registered
from governance.process.shape import NEGATIVE, POSITIVE

OTHER_WAY: Mapping[str, tuple[str, ...]] = {
    "state_feasibility": ("state_feasibility",),
    "give_opinion": ("give_opinion",),
    "agree_with_limits": ("agree",),
    "decline": ("agree",),
    "refuse": ("authorise",),
    "report_undeliverable": ("deliver",),
    "block": ("resume",),
    "confirm_suspension": ("resume",),
    "close_in_default": ("close",),
    "revoke": ("resume",),
    "uphold": ("overturn",),
    "reject": ("accept",),
}
"""A step that can answer no → the steps that answer yes to the same question."""

ARRIVAL = ("admissibility", "completion")
"""Where a request that is turned away is compared with those that were found admissible."""

COMPARED = frozenset({"admit"}.union(*OTHER_WAY.values()))
"""The steps whose positive answers are precedents."""

MOST = 3
"""Precedents that a decision is shown beside: the latest."""


def likeness_written(asked: Asked, facts: Mapping, charters: dict[str, str], at) -> list[str]:
    """What is written with a decision so that it can be a precedent; nothing with others."""
    compared = registered(asked.case.process).published is not None
    if not compared or asked.outcome.tone != POSITIVE or asked.step.code not in COMPARED:
        return []
    return likeness(_judged(asked, facts, charters, at))


def precedents(asked: Asked, facts: Mapping, charters: dict[str, str], at) -> list[Decision]:
    """The latest published decisions that `asked`, if it is negative, would depart from: those
    alike on one cited article at least. To cite another one beside it is no way out."""
    published = registered(asked.case.process).published
    steps = _other_way(asked)
    if published is None or asked.outcome.tone != NEGATIVE or not asked.articles or not steps:
        return []
    same = likeness(_judged(asked, facts, charters, at), asked.articles)
    found = Decision.objects.filter(
        published,
        case__process=asked.case.process,
        step__in=steps,
        tone=POSITIVE,
        at__lte=at,
        likeness__overlap=same,
    ).exclude(case=asked.case)
    return list(found.select_related("case__parent", "attestation").order_by("-at")[:MOST])


def _other_way(asked: Asked) -> tuple[str, ...]:
    steps = OTHER_WAY.get(asked.step.code, ())
    return ("admit",) if steps == ("authorise",) and asked.case.state in ARRIVAL else steps


def _judged(asked: Asked, facts: Mapping, charters: dict[str, str], at) -> Judged:
    about = registered(asked.case.process).about(asked.case)
    answers = asked.track is not None and asked.track.kind == "site"
    site = asked.track.key if answers else about.site
    return Judged(facts, load_charters(charters), at, site, about.member, about.change)
