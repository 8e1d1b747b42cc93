"""Pseudonyms and shifts: proper to project and site, the same by the engine and by Python."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.site import marks
from catalog.site.pseudonyms import DIGITS, SHIFT, derive, hmac_sql, shift_sql

SECRET = bytes(range(32))
PROJECT = "5f1d0c52-6b7e-4c1c-9c27-9d3d3f6f0a11"
KEYS = derive(SECRET, site="chu-rennes", project=PROJECT)


@given(st.integers(-(2**63), 2**63 - 1))
@settings(deadline=None)
def test_the_engine_and_python_agree(identifier):
    pseudonym, shift = duckdb.execute(
        f"SELECT substr({hmac_sql('person', '$id::BIGINT')}, 1, {DIGITS}), "
        f"{shift_sql(hmac_sql('shift', '$id::BIGINT'))}",
        {"id": identifier} | KEYS.parameters("person") | KEYS.parameters("shift"),
    ).fetchone()
    assert pseudonym == KEYS.pseudonym("person", identifier)
    assert shift == KEYS.shift(identifier)


@given(st.integers(-(2**63), 2**63 - 1))
@settings(deadline=None)
def test_the_engine_and_python_agree_on_the_mark_of_a_delivery(identifier):
    keys = marks.with_mark(KEYS, SECRET, site="chu-rennes", order="a" * 64)
    said, empty = duckdb.execute(
        f"SELECT {marks.marked_sql('visit', '$id::BIGINT')}, "
        f"{marks.marked_sql('visit', 'NULL::BIGINT')}",
        {"id": identifier} | marks.parameters(keys, "visit"),
    ).fetchone()
    assert empty is None
    assert said[: marks.BODY] == KEYS.pseudonym("visit", identifier)[: marks.BODY]
    assert len(said) == DIGITS and marks.bears(keys.keys["mark"], said)
    for site, order in (("chu-rennes", "b" * 64), ("chu-brest", "a" * 64)):
        assert not marks.bears(marks.key_of(SECRET, site=site, order=order), said)


def test_pseudonyms_do_not_change_with_a_release():
    """A delivery made next year must join with this year's: these values are for ever."""
    assert KEYS.pseudonym("person", 1) == "3de7e3c3e3b2008bc434f3e9064718d8"
    assert KEYS.pseudonym("visit", 1)[: marks.BODY] == "d469f2435679f3af696c4135"
    key = marks.key_of(SECRET, site="chu-rennes", order="a" * 64)
    assert marks.tag(key, "d469f2435679f3af696c4135") == "f7990429"
    assert KEYS.shift(1) == -298


def test_another_project_site_secret_or_purpose_gives_other_pseudonyms():
    others = [
        derive(SECRET, site="chu-brest", project=PROJECT).pseudonym("person", 1),
        derive(SECRET, site="chu-rennes", project="other").pseudonym("person", 1),
        derive(bytes(32), site="chu-rennes", project=PROJECT).pseudonym("person", 1),
        *(KEYS.pseudonym(purpose, 1) for purpose in ("person", "visit", "record")),
    ]
    assert len(set(others)) == len(others)


def test_a_shift_is_never_zero_and_spreads_over_the_two_years():
    shifts = {KEYS.shift(person) for person in range(20_000)}
    assert shifts == set(range(-SHIFT, SHIFT + 1)) - {0}
