"""A local version may be stricter, never laxer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from governance.charters import judge, laxities
from governance.charters.parameters import STRICTER, Parameter
from tests.governance.charters.complete import ABSENT, AT, CLAUSES, COMPLETE, facts
from tests.governance.charters.test_clauses import TABLE

BASE = CLAUSES["U-06"].parameters
CHANGES = [
    ("U-06", "training_valid", 24, ()),
    ("U-06", "training_valid", 48, ("training_valid",)),
    ("P-02", "threshold", 20, ()),
    ("P-02", "threshold", 5, ("threshold",)),
    ("C-11", "bases", ("none",), ()),
    ("C-11", "bases", ("none", "services", "rows"), ("bases",)),
    ("P-08", "fields", ("query", "rows"), ("fields",)),
]


@pytest.mark.parametrize(("code", "name", "value", "loose"), CHANGES)
def test_a_parameter_moves_in_its_stricter_direction_only(code, name, value, loose):
    base = CLAUSES[code].parameters
    local = base | {name: replace(base[name], value=value)}
    assert laxities(local, base) == loose


def test_a_parameter_taken_away_loosens():
    assert laxities({}, BASE) == tuple(BASE)


def test_the_same_parameters_loosen_nothing():
    assert [laxities(c.parameters, c.parameters) for c in CLAUSES.values() if c.parameters] == [
        () for c in CLAUSES.values() if c.parameters
    ]


ORDERED = [
    (clause.code, name)
    for clause in CLAUSES.values()
    for name, parameter in clause.parameters.items()
    if parameter.stricter != "fixed" and name not in ("grace", "sign_again")
]
"""The parameters that a check reads; the two others say when, not whether."""
LETS_PASS = {False: 0, None: 1, True: 2}


def values(parameter: Parameter) -> list:
    """The value of today, and others around it."""
    today = parameter.value
    if parameter.type == "integer":
        return sorted({0, 1, today // 2, max(today - 1, 0), today, today + 1, today * 2, 10**6})
    if parameter.type == "flag":
        return [False, True]
    fewer = [tuple(each for each in today if each != left) for left in today]
    return [today, (), *fewer, (*today, "rows", "promotion", "anything")]


def leaves(found, path: str = "") -> Iterator[tuple[str, object]]:
    """Each fact, with where it stands."""
    if isinstance(found, dict | list):
        pairs = found.items() if isinstance(found, dict) else enumerate(found)
        for key, value in pairs:
            yield from leaves(value, f"{path}/{key}" if path else str(key))
    else:
        yield path, found


def around(value) -> list:
    """What else a fact may be."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [0, 1, 10, 19, 20, 21, 25, 37, 299, 300, 1500, 1501, 10**5]
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return ["other", "rows"]
    return [(day + timedelta(days=days)).isoformat() for days in (-4000, -700, -40, -2, 40, 700)]


def worlds(code: str) -> Iterator[dict]:
    """Facts of every kind: complete, each of them changed, and those of the table of the clause."""
    yield facts()
    for path, value in leaves(COMPLETE):
        for other in [ABSENT, *around(value)]:
            yield facts((path, other))
    yield from (facts(*changes) for clause, changes, *_said in TABLE if clause == code)


@pytest.mark.parametrize(("code", "name"), ORDERED)
def test_what_a_stricter_parameter_lets_pass_the_other_does_too(code, name):
    """The order of a parameter is that of what its check lets pass: not a word of its file."""
    clause, parameter = CLAUSES[code], CLAUSES[code].parameters[name]
    clauses = [
        (
            value,
            replace(clause, parameters=clause.parameters | {name: replace(parameter, value=value)}),
        )
        for value in values(parameter)
    ]
    stricter = STRICTER[parameter.stricter]
    seen = set()
    for world in worlds(code):
        said = [
            (value, [LETS_PASS[verdict.holds] for verdict in judge([each], world, AT)])
            for value, each in clauses
        ]
        for (strict, less), (lax, more) in product(said, said):
            if stricter(strict, lax):
                assert all(a <= b for a, b in zip(less, more, strict=True)), (strict, lax)
        seen.update(tuple(verdicts) for _value, verdicts in said)
    assert len(seen) > 1
