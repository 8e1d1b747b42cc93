"""A local version may be stricter, never laxer."""

from dataclasses import replace

import pytest

from governance.charters import laxities
from tests.governance.charters.complete import CLAUSES

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
