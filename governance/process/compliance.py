"""What must stay true while data are in use: judged again at any instant, writing nothing.

The clauses are those that the charters call continuous (the team in order, no breach, destinations,
duration, information, objections). What does not hold opens a non-conformity and bites where the
fault is, once the grace of its article is over: see `governance.domain.nonconformities`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from governance.charters import Clause, Verdict, judge, load_charters
from governance.charters.later import Later
from governance.models.case import Case
from governance.models.deadline import Deadline
from governance.process import clocks
from governance.process.registry import Asked, registered
from governance.process.shape import WORKING_DAYS, Delay

IN_USE = ("authorised", "access", "suspended")

TOGETHER = 500
"""How many cases have their facts read together."""

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
    return next(judged_each([case], at))[1]


def judged_each(cases: Iterable[Case], at: datetime) -> Iterator[tuple[Case, Judged]]:
    """The same of each of many cases, their facts read for `TOGETHER` of them at once."""
    for case, facts in facts_each(cases, at):
        charters = load_charters(case.charters)
        clauses = {c.code: c for charter in charters for c in charter.clauses if c.continuous}
        yield case, Judged(clauses, facts, judge(clauses.values(), facts, at))


def facts_each(cases: Iterable[Case], at: datetime) -> Iterator[tuple[Case, Later]]:
    """Each of the cases of one process with its facts as they stand, whatever step would be taken:
    read for `TOGETHER` of them at once."""
    left = iter(cases)
    while some := list(islice(left, TOGETHER)):
        owner = registered(some[0].process)
        known = owner.facts_each(some, at)
        for case in some:
            step = owner.process.steps_from(case.state)[0]
            yield case, known[case.pk](Asked(case, step, step.outcomes[0]))


def failing_at(site: str, cases: Iterable[Case], codes: Iterable[str], at: datetime) -> set:
    """Of those cases, the keys of those for which one clause of `codes` does not hold at `site`."""
    found = set()
    for case, facts in facts_each(cases, at):
        clauses = [
            c for each in load_charters(case.charters) for c in each.clauses if c.code in codes
        ]
        if any(v.holds is not True for v in judge(clauses, facts, at, [site])):
            found.add(case.pk)
    return found


def unsatisfied(at: datetime) -> Iterator[tuple[Case, list[Verdict]]]:
    """Each case whose data may be in use, with the continuous clauses that do not hold at `at`."""
    cases = Case.objects.filter(process="request", state__in=IN_USE).order_by("number")
    for case, now in judged_each(cases.iterator(chunk_size=TOGETHER), at):
        yield case, [v for v in now.verdicts if v.holds is not True]


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
