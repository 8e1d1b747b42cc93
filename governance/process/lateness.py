"""The deadlines of the charters, judged from the clocks that run: at no step, blocking none. The
day that a guard says is one of them.

Their facts are those of the request as it stands, with what the clocks say (`clocks`, and the day
by which a site's answer is due). They are gathered here, for the night alone: what a decision
stores is not made heavier by what it does not rest on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from governance.charters import Charter, Clause, Verdict, clauses_of, judge, load_charters
from governance.charters.facts import today
from governance.charters.later import Later
from governance.models.case import Case
from governance.models.deadline import Deadline
from governance.process.compliance import TOGETHER
from governance.process.registry import Asked, registered

NOT_DUE_IN = {"revoked": ("U-11d",)}
"""The clauses that ask for what nobody can give any more, by the state of the request."""

DATED = ("U-12a",)
"""The guards that say by which day what they ask for is due. They stop their step whenever it is
asked; that nobody asks for it is late past that day, as past a deadline."""

OF_A_PLACE = ("P-10", "C-03d")
"""The clauses that say the same of an establishment whatever the request: it is late once."""


def judged_each(cases: Iterable[Case], at: datetime) -> Iterator[tuple[Case, list[Verdict]]]:
    """Each of the requests with the verdicts of its deadlines at `at`, under its own charters. What
    is about the whole is judged apart. A constant number of queries for `TOGETHER` requests."""
    left = iter(cases)
    while some := list(islice(left, TOGETHER)):
        clocks = _clocks(some)
        for case, facts in _facts_each(some, at):
            due = due_by_a_day(load_charters(case.charters))
            not_due = NOT_DUE_IN.get(case.state, ())
            clauses = [c for c in due if c.code not in not_due]
            yield case, judge(clauses, with_clocks(facts, clocks[case.pk]), at)


def due_by_a_day(charters: Iterable[Charter]) -> list[Clause]:
    """The deadlines that are judged request by request, and the guards that have a day."""
    charters = list(charters)
    dated = [c for c in clauses_of("guard", charters) if c.code in DATED]
    return [c for c in clauses_of("deadline", charters) if c.subject != "whole"] + dated


def _facts_each(cases: list[Case], at: datetime) -> Iterator[tuple[Case, Later]]:
    owner = registered(cases[0].process)
    known = owner.facts_each(cases, at)
    for case in cases:
        # Where a request ends no step leads on: any will do, its form says nothing.
        step = (owner.process.steps_from(case.state) or owner.process.steps)[0]
        facts_for = known[case.pk]
        yield case, owner.of_deadlines(facts_for, facts_for(Asked(case, step, step.outcomes[0])))


def is_late(verdict: Verdict, at: datetime) -> bool:
    """Whether a deadline ran out, or the day that a guard says. What lacks its date (nothing sealed
    yet, nothing asked of the site yet, access not ended) is not due."""
    if verdict.holds is not False:
        return False
    if verdict.clause in DATED:
        on = verdict.values.get("on")
        return on is not None and today(at) > date.fromisoformat(on)
    return not verdict.missing


def with_clocks(facts: Later, clocks: list[Deadline]) -> Later:
    """The facts of a request, with what its running clocks say."""
    said = [
        {
            "code": ":".join(clock.subject.split(":")[:2]),
            "due_on": today(clock.due_at).isoformat(),
            "stopped": clock.with_whom == Deadline.With.HOLDER,
        }
        for clock in clocks
    ]
    due = {
        clock.track.key: today(clock.due_at).isoformat()
        for clock in clocks
        if clock.track is not None and clock.track.kind == "site"
    }
    return facts.but(
        request=lambda: facts["request"].but(clocks=lambda: said),
        sites=lambda: {
            slug: _due(site, due[slug]) if slug in due else site
            for slug, site in facts["sites"].items()
        },
    )


def _due(site: Later, on: str) -> Later:
    return site.but(agreement=lambda: site["agreement"] | {"due_on": on})


def _clocks(cases: list[Case]) -> dict:
    """The clocks that run, by case; those of what is asked beside a request run for it too."""
    found = defaultdict(list)
    ours = {case.pk for case in cases}
    running = Deadline.objects.running().select_related("track", "case")
    for clock in running.filter(case__in=ours):
        found[clock.case_id].append(clock)
    for clock in running.filter(case__parent__in=ours):
        found[clock.case.parent_id].append(clock)
    return found
