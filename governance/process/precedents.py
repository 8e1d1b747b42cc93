"""Precedents: decisions the other way, on the same facts for the articles that are cited (P-04).

A negative decision of a person that has one says in a sentence what differs: the engine asks for
it, whoever calls. Only published decisions are precedents, so that all may read them. Their
likeness (`governance.charters.alike`) was written with them: finding them is one query.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from governance.charters import facts_from, load_charters
from governance.charters.alike import Judged, likeness
from governance.models.decision import Decision
from governance.process.registry import Asked, Registered, every_process, registered
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
    steps = _other_way(asked.step.code, asked.case.state)
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


def unnamed(*, at: datetime) -> int:
    """How many published negative decisions of persons depart from a precedent without naming it:
    one that stood in the register before them, and that everybody could read as soon as it was
    taken. The engine refuses them; this looks at what the tables hold. Two queries a process."""
    return sum(_unnamed(owner, at) for owner in every_process() if owner.public_since)


def _unnamed(owner: Registered, at: datetime) -> int:
    known = Decision.objects.filter(
        owner.published, case__process=owner.process.code, attestation__isnull=False, at__lte=at
    )
    negative = known.filter(
        tone=NEGATIVE, by__isnull=False, departs_from=[], step__in=OTHER_WAY
    ).exclude(articles=[])
    asked = []
    for each in negative.select_related("case", "track", "facts", "attestation").iterator(500):
        facts = facts_from(bytes(each.facts.bytes))
        judged = _as_judged(each.case, each.track, facts, each.charters, each.at)
        steps = _other_way(each.step, each.from_state)
        asked.append((each, steps, likeness(judged, each.articles)))
    first = _first_of_each(owner, known, {digest for *_rest, seen in asked for digest in seen})
    return sum(
        any(
            case != each.case_id and leaf < each.attestation.leaf_index
            for digest in seen
            for step in steps
            for case, leaf in first[digest, step]
        )
        for each, steps, seen in asked
    )


def _first_of_each(owner: Registered, known, digests: set[str]) -> dict:
    """By digest and step, the first two cases in which it was answered yes, with their leaves: one
    of them is another case than that which is looked at."""
    first = defaultdict(list)
    if not digests:
        return first
    found = known.filter(
        tone=POSITIVE,
        step__in=COMPARED,
        likeness__overlap=sorted(digests),
        **{f"{owner.public_since}__lte": F("at")},
    ).order_by("attestation__leaf_index")
    rows = found.values_list("case", "step", "likeness", "attestation__leaf_index")
    for case, step, seen, leaf in rows.iterator():
        for digest in digests.intersection(seen):
            kept = first[digest, step]
            if len(kept) < 2 and all(case != other for other, _leaf in kept):
                kept.append((case, leaf))
    return first


def _other_way(step: str, state: str) -> tuple[str, ...]:
    steps = OTHER_WAY.get(step, ())
    return ("admit",) if steps == ("authorise",) and state in ARRIVAL else steps


def _judged(asked: Asked, facts: Mapping, charters: dict[str, str], at) -> Judged:
    return _as_judged(asked.case, asked.track, facts, charters, at)


def _as_judged(case, track, facts: Mapping, charters: dict[str, str], at) -> Judged:
    about = registered(case.process).about(case)
    answers = track is not None and track.kind == "site"
    site = track.key if answers else about.site
    return Judged(facts, load_charters(charters), at, site, about.member, about.change)
