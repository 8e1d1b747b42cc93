"""What of a definition of OHDSI is sent to be run as it is: all that the library runs, nothing that
it would pass over in silence, nothing that could harm a site."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import circe_words
from catalog.cohort import CohortError, circe_shape
from catalog.warehouse.circe_models import LEFT_OUT, shape
from tests.catalog.atlas import exported


def refused(content) -> list[tuple[str, str]]:
    with pytest.raises(CohortError) as error:
        circe_shape.check(content)
    assert all(each.sentence("fr") and each.sentence("en") for each in error.value.problems)
    return [(each.key, each.pointer) for each in error.value.problems]


def changed(**said) -> dict:
    content = exported(entry="condition")
    content["PrimaryCriteria"]["CriteriaList"][0]["ConditionOccurrence"] |= said
    return content


def test_what_is_written_down_is_what_the_library_reads():
    """Otherwise: ``manage.py cohort --record``, then look at what changed."""
    assert json.loads(circe_shape.FILE.read_text()) == shape()


def test_what_is_left_out_is_what_the_library_does_not_run():
    """Were it run one day, it need not be left out."""
    folder = Path(find_spec("circe").origin).parent / "execution"
    run = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    fields = {"effective_drug_dose", "range_low_ratio", "range_high_ratio", "age_at_end"}
    fields |= {"user_defined_period", "period_length", "cause_source_concept"}
    assert fields <= set().union(*LEFT_OUT.values())
    assert [name for name in sorted(fields) if re.search(rf"\b{name}\b", run)] == []


@pytest.mark.parametrize("bleeding_within", [None, 30])
def test_an_export_of_atlas_may_be_sent(bleeding_within):
    circe_shape.check(exported(bleeding_within=bleeding_within))


EVENT = "/PrimaryCriteria/CriteriaList/0/ConditionOccurrence"


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ({"Fever": {"Value": 1}}, [("circe_unknown", f"{EVENT}/Fever")]),
        ({"EffectiveDrugDose": {"Value": 1}}, [("circe_unknown", f"{EVENT}/EffectiveDrugDose")]),
        ({"Fever": None, "a/b~": False}, []),
        ({"a/b~": 1}, [("circe_unknown", f"{EVENT}/a~1b~0")]),
        ({"First": "yes"}, [("type", f"{EVENT}/First")]),
        ({"CodesetId": 7}, [("circe_missing_set", f"{EVENT}/CodesetId")]),
        ({"CodesetId": True}, [("type", f"{EVENT}/CodesetId")]),
        ({"Gender": {"CONCEPT_ID": 8507}}, [("type", f"{EVENT}/Gender")]),
        (
            {"OccurrenceStartDate": {"Value": "2020-02-30", "Op": "gt"}},
            [("date", f"{EVENT}/OccurrenceStartDate/Value")],
        ),
    ],
)
def test_what_would_be_passed_over_or_misread_is_refused_at_its_place(said, problems):
    if problems:
        assert refused(changed(**said)) == problems
    else:
        circe_shape.check(changed(**said))


def test_a_criterion_of_a_table_that_no_site_has_is_named():
    content = exported()
    content["PrimaryCriteria"]["CriteriaList"] = [{"PayerPlanPeriod": {}}, {}]
    place = "/PrimaryCriteria/CriteriaList"
    assert refused(content) == [
        ("circe_criterion", f"{place}/0/PayerPlanPeriod"),
        ("one_kind", f"{place}/1"),
    ]


def test_a_set_without_a_concept_finds_nobody_and_is_refused():
    content = exported()
    content["ConceptSets"][1]["expression"]["items"] = []
    assert refused(content)[0][0] == "circe_missing_set"


def nested(levels: int) -> dict:
    content: dict = {}
    for _level in range(levels):
        content = {"Groups": [content]}
    return {"PrimaryCriteria": content}


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"PrimaryCriteria": {}}, "empty_list"),
        (exported() | {"InclusionRules": 1}, "type"),
        (nested(5_000), "circe_deep"),
        ({"PrimaryCriteria": {"CriteriaList": ["x" * 300_000]}}, "too_long"),
        ({"PrimaryCriteria": {"CriteriaList": [0] * 300_000}}, "too_long"),
        ({"PrimaryCriteria": {"a\0": 1}}, "not_text"),
        ({"PrimaryCriteria": {"a": "\ud800"}}, "not_text"),
        ({"PrimaryCriteria": {"a": 10**400}}, "number"),
        ({"PrimaryCriteria": {"a": float("nan")}}, "number"),
    ],
)
def test_what_could_harm_is_refused_whole(content, key):
    assert refused(content)[0][0] == key


def test_criteria_and_rules_are_bounded():
    content = exported(bleeding_within=3)
    content["InclusionRules"] *= 101
    assert set(refused(content)) == {
        ("too_long", ""),
        ("too_long", "/InclusionRules"),
    }


JUNK = (None, 0, -1, 2.5, True, "", "x", "2020-01-01", [], {}, [1], [None], {"a": 1})


def places(value, place=()):
    yield place
    pairs = value.items() if isinstance(value, dict) else ()
    pairs = enumerate(value) if isinstance(value, list) else pairs
    for key, inner in pairs:
        yield from places(inner, (*place, key))


@given(st.data())
def test_whatever_is_put_anywhere_is_refused_or_can_be_read_back(data):
    """What passes is shown by its names: nothing there may be of another shape than said."""
    content = exported(bleeding_within=30)
    *path, last = data.draw(st.sampled_from([each for each in places(content) if each]))
    holder = content
    for key in path:
        holder = holder[key]
    holder[last] = data.draw(st.sampled_from(JUNK))
    try:
        circe_shape.check(content)
    except CohortError as error:
        assert error.text("fr") and error.text("en")
    else:
        assert circe_words.groups(content) and circe_words.steps(content)
