"""Checks are total, deterministic, monotone, and know neither clock nor framework."""

import ast
import copy
import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import governance.charters
import governance.qualification
from governance.charters import canonical_bytes, digest, facts_from, judge
from tests.governance.charters.complete import AT, CLAUSES, COMPLETE

SOURCES = [
    path
    for package in (governance.charters, governance.qualification)
    for path in sorted(Path(package.__file__).parent.rglob("*.py"))
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
INSTANTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 28), timezones=st.just(UTC))
#: Facts whose presence can turn a clause from satisfied to not, by nature: once data are
#: delivered there is something to destroy, once a result is there it must cite, once
#: something is agreed it must be done.
NOT_MONOTONE = {"U-12a", "U-12b", "U-11d", "U-13", "P-11"}


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    else:
        yield path


LEAVES = list(leaves(COMPLETE))


def replaced(path, value):
    changed = copy.deepcopy(COMPLETE)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def without(paths):
    changed = copy.deepcopy(COMPLETE)
    for path in paths:
        place = changed
        for step in path[:-1]:
            place = place[step]
        place.pop(path[-1], None)
    return changed


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(LEAVES), value=JSON, at=INSTANTS)
def test_a_fact_of_any_shape_gives_a_verdict(path, value, at):
    for verdict in judge(CLAUSES.values(), replaced(path, value), at):
        assert verdict.holds in (True, False, None)
        json.dumps(verdict.as_data())


@settings(max_examples=150, deadline=None)
@given(facts=st.dictionaries(st.sampled_from([*COMPLETE, "other"]), JSON), at=INSTANTS)
def test_facts_of_any_shape_give_verdicts(facts, at):
    verdicts = judge(CLAUSES.values(), facts, at)
    assert {verdict.clause for verdict in verdicts} <= set(CLAUSES)


@settings(max_examples=100, deadline=None)
@given(absent=st.sets(st.sampled_from(LEAVES), max_size=12))
def test_the_same_facts_give_the_same_verdicts(absent):
    facts = without(absent)
    stored = canonical_bytes(facts)
    again = judge(CLAUSES.values(), facts_from(stored), AT)
    assert judge(CLAUSES.values(), facts, AT) == again
    assert digest(stored) == digest(canonical_bytes(facts_from(stored)))


@settings(max_examples=200, deadline=None)
@given(
    absent=st.sets(st.sampled_from(LEAVES), min_size=1, max_size=12),
    added=st.sets(st.integers(0, 11)),
)
def test_adding_what_is_missing_never_makes_a_guard_fail(absent, added):
    ordered = sorted(absent)
    fewer = {path for index, path in enumerate(ordered) if index not in added}
    guards = [
        clause for clause in CLAUSES.values() if clause.steps and clause.code not in NOT_MONOTONE
    ]
    before = {(v.clause, v.of): v.holds for v in judge(guards, without(absent), AT)}
    after = {(v.clause, v.of): v.holds for v in judge(guards, without(fewer), AT)}
    assert [key for key, held in before.items() if held and after.get(key) is False] == []


def test_rules_read_neither_the_clock_nor_the_framework():
    clocks = {"now", "utcnow", "today_utc", "time", "monotonic"}
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None) or ""] + [a.name for a in node.names]
                assert not any(n.split(".")[0] in ("django", "time", "random") for n in names), path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in clocks, (path, node.lineno)
                assert not (
                    node.func.attr == "today"
                    and getattr(node.func.value, "id", "") in ("date", "datetime")
                ), path
