"""What must stay true while data are in use: judged again at any instant, writing nothing.

The clauses are those that the charters call continuous (the team in order, no breach, destinations,
duration, information, objections). What does not hold is for a person to look at: only the fault of
a member closes an access by itself, theirs.
"""

from collections.abc import Iterator
from datetime import datetime

from governance.charters import Verdict, judge, load_charter
from governance.models.case import Case
from governance.models.deadline import Deadline
from governance.process.registry import Asked, registered

IN_USE = ("authorised", "access", "suspended")


def unsatisfied(at: datetime) -> Iterator[tuple[Case, list[Verdict]]]:
    """Each case whose data may be in use, with the continuous clauses that do not hold at `at`."""
    cases = Case.objects.filter(process="request", state__in=IN_USE).order_by("number")
    for case in cases.iterator(chunk_size=200):
        loaded = [load_charter(*each) for each in sorted(case.charters.items())]
        clauses = [c for charter in loaded for c in charter.clauses if c.continuous]
        owner = registered(case.process)
        step = owner.process.steps_from(case.state)[0]
        facts = owner.facts(case, at)(Asked(case, step, step.outcomes[0]))
        yield case, [v for v in judge(clauses, facts, at) if v.holds is not True]


def late(at: datetime):
    """The clocks that ran out before `at` and still run, the oldest first."""
    return Deadline.objects.running().filter(due_at__lt=at).select_related("case")
