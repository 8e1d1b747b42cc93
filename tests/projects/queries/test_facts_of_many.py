"""The facts of many requests: those of each, for the queries of one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.charters.later import plain
from governance.domain import nonconformities
from governance.process.compliance import facts_each, judged, judged_each
from governance.process.registry import Asked
from governance.process.table import REQUEST
from projects.demonstration import network
from projects.process.facts import request_facts
from tests.projects.conftest import NOW
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

STATES = ("access", "instruction", "committee", "authorised")


@pytest.fixture
def cases(establishments, order_key):
    """A request in each of those states, each with its holder."""
    names = ("Louise Kermorgant", "Yann Tanguy", "Enora Le Bihan", "Maël Riou")
    found = []
    for state, name in zip(STATES, names, strict=True):
        walk = Walk(draft(network.person(name, at=NOW), [LEAD, OTHER], at=NOW), at=NOW)
        stand_at(state, walk)
        found.append(walk.case)
    return found


def alone(case, at):
    step = REQUEST.steps_from(case.state)[0]
    return plain(request_facts(case, at)(Asked(case, step, step.outcomes[0])))


def queries(act) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


def test_they_are_those_of_each_alone(cases):
    at = max(case.state_since for case in cases)
    together = {case.pk: plain(facts) for case, facts in facts_each(cases, at)}
    assert together == {case.pk: alone(case, at) for case in cases}


def test_many_are_judged_with_the_queries_of_one(cases):
    opened, _asked, _seated, authorised = cases
    at = opened.state_since
    one = queries(lambda: list(judged_each([opened], at)))
    assert queries(lambda: list(judged_each([opened, authorised] * 20, at))) == one
    verdicts = [now.verdicts for _case, now in judged_each([opened, authorised], at)]
    assert verdicts == [judged(opened, at).verdicts, judged(authorised, at).verdicts]


def test_a_night_where_everything_holds_locks_no_request(cases):
    at = cases[0].state_since
    with CaptureQueriesContext(connection) as asked:
        assert not any(nonconformities.watch(at=at).values())
    assert not [each["sql"] for each in asked if "FOR UPDATE" in each["sql"]]
