"""What must stay true while data are in use: judged again at any instant, writing nothing.

The clauses are those that the charters call continuous (the team in order, no breach, destinations,
duration, information, objections). What does not hold opens a non-conformity and bites where the
fault is, once the grace of its article is over: see `governance.domain.nonconformities`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from governance.charters import Clause, Verdict, judge, load_charter, load_charters
from governance.charters.later import Later
from governance.models.case import Case
from governance.models.deadline import Deadline
from governance.process import clocks
from governance.process.registry import Asked, registered
from governance.process.shape import WORKING_DAYS, Delay

IN_USE = ("authorised", "access", "suspended")

GRACE = "grace"
"""The parameter of a clause that says how many working days its fault is left to be mended."""
DAYS_OF_GRACE = {"request": 5, "site": 5, "member": 0}
"""The same where the clause does not say, by whom it speaks of: a member is warned before."""


@dataclass(frozen=True)
class Judged:
    """The continuous clauses of a case, the facts that they read and what they say of them."""

    clauses: dict[str, Clause]
    facts: Later
    verdicts: list[Verdict]


def judged(case: Case, at: datetime) -> Judged:
    """Judge the continuous clauses of a case whose data may be in use."""
    loaded = [load_charter(*each) for each in sorted(case.charters.items())]
    clauses = {c.code: c for charter in loaded for c in charter.clauses if c.continuous}
    facts = facts_of(case, at)
    return Judged(clauses, facts, judge(clauses.values(), facts, at))


def facts_of(case: Case, at: datetime) -> Later:
    """The facts of a case as they stand, whatever step would be taken."""
    owner = registered(case.process)
    step = owner.process.steps_from(case.state)[0]
    return owner.facts(case, at)(Asked(case, step, step.outcomes[0]))


def failing_at(site: str, cases: Iterable[Case], codes: Iterable[str], at: datetime) -> set:
    """Of those cases, the keys of those for which one clause of `codes` does not hold at `site`."""
    found = set()
    for case in cases:
        clauses = [
            c for each in load_charters(case.charters) for c in each.clauses if c.code in codes
        ]
        if any(v.holds is not True for v in judge(clauses, facts_of(case, at), at, [site])):
            found.add(case.pk)
    return found


def unsatisfied(at: datetime) -> Iterator[tuple[Case, list[Verdict]]]:
    """Each case whose data may be in use, with the continuous clauses that do not hold at `at`."""
    cases = Case.objects.filter(process="request", state__in=IN_USE).order_by("number")
    for case in cases.iterator(chunk_size=200):
        yield case, [v for v in judged(case, at).verdicts if v.holds is not True]


def grace(clause: Clause) -> int:
    """How many working days a fault is left to be mended before it bites."""
    return clause.values.get(GRACE, DAYS_OF_GRACE.get(clause.subject, 0))


def bites_at(clause: Clause, found_at: datetime) -> datetime:
    """When a fault found at `found_at` bites: at once, or as the last day of its grace ends."""
    days = grace(clause)
    return clocks.due(Delay(days, WORKING_DAYS), found_at) if days else found_at


def late(at: datetime):
    """The clocks that ran out before `at` and still run, the oldest first."""
    return Deadline.objects.running().filter(due_at__lt=at).select_related("case")
