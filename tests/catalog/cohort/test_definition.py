"""The cohort contract: what is read, and each thing that can be wrong, said at its place."""

import json
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.cohort.codes import CATEGORIES
from catalog.cohort.definition import (
    MOST_CHARACTERS,
    MOST_CODES,
    MOST_CRITERIA,
    MOST_LETTERS,
    CodeCriterion,
    Cohort,
    MeasurementCriterion,
    NoteCriterion,
    parse,
    parse_json,
)
from catalog.cohort.problems import SENTENCES, CohortError

FOUND = {"condition": ["I21.*"]}
GLUCOSE = "2345-7"


def problems(content) -> list[tuple[str, str]]:
    """Where something is wrong, and what."""
    with pytest.raises(CohortError) as raised:
        parse(content)
    return [(each.pointer, each.key) for each in raised.value.problems]


def test_a_whole_definition_is_read():
    assert parse(
        {
            "period": {"from": "2020-01-01", "to": "2021-12-31"},
            "age": {"min": 18, "max": 64},
            "sex": ["M", "F"],
            "all": [FOUND, {"measurement": {"code": GLUCOSE, "op": ">", "value": 7}}],
            "any": [{"drug": ["A10BA02"]}, {"note": {"contains": " infarctus "}}],
            "none": [{"procedure": ["DEQP003"]}],
        }
    ) == Cohort(
        start=date(2020, 1, 1),
        end=date(2021, 12, 31),
        age_min=18,
        age_max=64,
        sexes=("F", "M"),
        every=(
            CodeCriterion("condition", ("I21.*",)),
            MeasurementCriterion(GLUCOSE, ">", 7.0, None),
        ),
        some=(CodeCriterion("drug", ("A10BA02",)), NoteCriterion(None, "infarctus")),
        none=(CodeCriterion("procedure", ("DEQP003",)),),
    )


WRONG = [
    ([], "", "type"),
    ({}, "", "empty"),
    ({"all": [], "any": None}, "", "empty"),
    ({"tous": [FOUND]}, "/tous", "unknown_key"),
    ({"a/b~": 1}, "/a~1b~0", "unknown_key"),
    ({"all": FOUND}, "/all", "type"),
    ({"all": [FOUND] * (MOST_CRITERIA + 1)}, "/all", "too_long"),
    ({name: [FOUND] * 40 for name in ("all", "any", "none")}, "", "too_long"),
    ({"all": ["I21"]}, "/all/0", "type"),
    ({"all": [{}]}, "/all/0", "one_kind"),
    ({"all": [FOUND | {"drug": ["A10BA02"]}]}, "/all/0", "one_kind"),
    ({"all": [{"diagnostic": ["I21"]}]}, "/all/0/diagnostic", "unknown_key"),
    ({"all": [{"condition": "I21"}]}, "/all/0/condition", "type"),
    ({"all": [{"condition": []}]}, "/all/0/condition", "empty_list"),
    ({"all": [{"condition": ["I21"] * (MOST_CODES + 1)}]}, "/all/0/condition", "too_long"),
    ({"any": [FOUND, {"condition": ["I21", 21]}]}, "/any/1/condition/1", "type"),
    ({"all": [{"condition": ["I" * (MOST_LETTERS + 1)]}]}, "/all/0/condition/0", "too_long"),
    ({"all": [{"condition": ["infarctus"]}]}, "/all/0/condition/0", "unknown_code"),
    ({"all": [{"condition": [".*"]}]}, "/all/0/condition/0", "unknown_code"),
    ({"all": [{"measurement": {}}]}, "/all/0/measurement", "missing"),
    ({"all": [{"measurement": []}]}, "/all/0/measurement", "type"),
    ({"all": [{"measurement": {"op": ">", "value": 1}}]}, "/all/0/measurement", "missing"),
    ({"all": [{"measurement": {"code": GLUCOSE, "op": ">"}}]}, "/all/0/measurement", "pair"),
    ({"all": [{"measurement": {"code": GLUCOSE, "value": 1}}]}, "/all/0/measurement", "pair"),
    ({"all": [{"measurement": {"code": GLUCOSE, "unit": "g/L"}}]}, "/all/0/measurement", "pair"),
    (
        {"all": [{"measurement": {"code": GLUCOSE, "op": "~", "value": 1}}]},
        "/all/0/measurement/op",
        "operator",
    ),
    (
        {"all": [{"measurement": {"code": GLUCOSE, "op": ">", "value": "7"}}]},
        "/all/0/measurement/value",
        "number",
    ),
    (
        {"all": [{"measurement": {"code": GLUCOSE, "op": ">", "value": True}}]},
        "/all/0/measurement/value",
        "number",
    ),
    (
        {"all": [{"measurement": {"code": GLUCOSE, "op": ">", "value": 10**400}}]},
        "/all/0/measurement/value",
        "number",
    ),
    (
        {"all": [{"measurement": {"code": GLUCOSE, "op": ">", "value": 1, "unit": "pouce"}}]},
        "/all/0/measurement/unit",
        "unit",
    ),
    (
        {"all": [{"measurement": {"code": f"{GLUCOSE}.*"}}]},
        "/all/0/measurement/code",
        "no_descendants",
    ),
    ({"all": [{"note": {}}]}, "/all/0/note", "missing"),
    ({"all": [{"note": {"category": "roman"}}]}, "/all/0/note/category", "category"),
    ({"all": [{"note": {"category": 7}}]}, "/all/0/note/category", "category"),
    ({"all": [{"note": {"contains": 7}}]}, "/all/0/note/contains", "type"),
    ({"all": [{"note": {"contains": "   "}}]}, "/all/0/note/contains", "blank"),
    ({"all": [{"note": {"contains": "in\0farctus"}}]}, "/all/0/note/contains", "blank"),
    ({"all": [{"note": {"contains": "in"}}]}, "/all/0/note/contains", "too_short"),
    (
        {"all": [{"note": {"contains": "a" * (MOST_LETTERS + 1)}}]},
        "/all/0/note/contains",
        "too_long",
    ),
    ({"period": "2020", "all": [FOUND]}, "/period", "type"),
    ({"period": {"du": "2020-01-01"}, "all": [FOUND]}, "/period/du", "unknown_key"),
    ({"period": {"from": "01/02/2020"}, "all": [FOUND]}, "/period/from", "date"),
    ({"period": {"from": "2020-02-30"}, "all": [FOUND]}, "/period/from", "date"),
    ({"period": {"from": "2020-W01-1"}, "all": [FOUND]}, "/period/from", "date"),
    ({"period": {"to": 2020}, "all": [FOUND]}, "/period/to", "date"),
    (
        {"period": {"from": "2021-01-01", "to": "2020-01-01"}, "all": [FOUND]},
        "/period",
        "period_order",
    ),
    ({"age": 18}, "/age", "type"),
    ({"age": {"min": -1}}, "/age/min", "age_range"),
    ({"age": {"max": 151}}, "/age/max", "age_range"),
    ({"age": {"min": 17.5}}, "/age/min", "age_range"),
    ({"age": {"min": True}}, "/age/min", "age_range"),
    ({"age": {"min": 40, "max": 30}}, "/age", "age_order"),
    ({"sex": "F"}, "/sex", "type"),
    ({"sex": []}, "/sex", "empty_list"),
    ({"sex": ["F", "X"]}, "/sex/1", "sex"),
    ({"sex": [["F"]]}, "/sex/0", "sex"),
]


@pytest.mark.parametrize(("content", "pointer", "key"), WRONG)
def test_what_is_wrong_is_said_at_its_place(content, pointer, key):
    assert problems(content) == [(pointer, key)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "not_json"),
        ('{"all": [', "not_json"),
        ('{"age": {"min": NaN}}', "not_json"),
        ('{"age": {"min": -Infinity}}', "not_json"),
        ("[" * 100_000, "not_json"),
        (b"\xff\xfe\xfa", "not_text"),
        (" " * (MOST_CHARACTERS + 1), "too_long"),
        ('{"sex": ["F"], "sex": ["M"]}', "duplicate_key"),
        ('{"all": [{"note": {"contains": "un", "contains": "deux"}}]}', "duplicate_key"),
        ('{"age": {"min": ' + "9" * 5_000 + "}}", "not_json"),
    ],
)
def test_a_text_that_is_no_definition_is_refused(text, key):
    with pytest.raises(CohortError) as raised:
        parse_json(text)
    assert [(each.pointer, each.key) for each in raised.value.problems] == [("", key)]


def test_everything_wrong_is_said_at_once_and_each_sentence_is_whole_in_both_languages():
    content = {"sex": ["X"], "age": {"min": 200}, "all": [{"note": {"category": "roman"}}]}
    with pytest.raises(CohortError) as raised:
        parse(content)
    assert len(raised.value.problems) == 3
    french, english = raised.value.text("fr"), raised.value.text("en")
    assert french.splitlines()[0] == "/age/min: un âge est un nombre entier d'années de 0 à 150."
    assert english.splitlines()[1] == "/sex/0: sex is “F” or “M”."
    assert all(name in french for name in CATEGORIES)


def test_what_a_warehouse_holds_is_accepted_though_it_is_no_code_of_the_terminology():
    local = {"all": [{"condition": ["LOCAL12"]}]}
    assert problems(local) == [("/all/0/condition/0", "unknown_code")]
    read = parse(local, known=lambda kind, code: (kind, code) == ("condition", "LOCAL12"))
    assert read.every == (CodeCriterion("condition", ("LOCAL12",)),)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["period", "from", "to", "age", "min", "max", "sex", "all", "any", "none"]
                + ["condition", "drug", "measurement", "note", "code", "op", "value", "unit"]
                + ["category", "contains", "expression", "ConceptSets", "PrimaryCriteria"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(VALUES)
@example({"PrimaryCriteria": None, "ConceptSets": None})
def test_whatever_is_sent_is_a_cohort_or_problems_in_words(content):
    try:
        text = json.dumps(content)
        read = parse_json(text)
    except CohortError as refused:
        assert refused.problems
        for each in refused.problems:
            assert each.sentence("fr") != each.sentence("en") or each.key == "type"
            assert each.key in SENTENCES
    else:
        assert isinstance(read, Cohort)


@given(st.text(max_size=60))
def test_whatever_text_is_sent_is_a_cohort_or_problems(text):
    try:
        parse_json(text)
    except CohortError as refused:
        assert refused.text()
