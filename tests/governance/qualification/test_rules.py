"""The route of a study: the real public cases, each rule, and properties over all answers."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.qualification import (
    FORMALITIES,
    QUALIFICATIONS,
    QUESTIONS,
    Unanswered,
    WrongAnswers,
    evidence_of,
    next_questions,
    piece_is_valid,
    piece_problems,
    qualify,
    relevant_questions,
)

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))

RESEARCH = {
    "prohibited_purpose": False,
    "purpose": "research",
    "intervention": "none",
    "data_of_own_patients": False,
}
HOSPITAL = RESEARCH | {
    "snds_main_base": False,
    "national_pmsi_only": False,
    "public_interest": True,
    "pseudonymised": True,
    "informed": "individually",
    "objection_possible": True,
    "nir": False,
    "genetic_identification": False,
    "outside_eu": "no",
    "aipd_done": True,
}
SNDS = RESEARCH | {
    "snds_main_base": True,
    "matched": False,
    "requester": "research_body",
    "snds_interest": "public_mission",
}
PMSI = RESEARCH | {
    "snds_main_base": False,
    "national_pmsi_only": True,
    "requester": "health_establishment",
}
PERSONS = {
    "prohibited_purpose": False,
    "purpose": "research",
    "intervention": "minimal_risk",
    "biomedical_aim": True,
    "product": "none",
    "snds_main_base": False,
    "nir": False,
    "outside_eu": "no",
}
WAREHOUSE = {
    "prohibited_purpose": False,
    "purpose": "steering",
    "own_staff_only": True,
    "one_establishment": True,
    "third_party": False,
    "snds_main_base": False,
}
TEAM = RESEARCH | {
    "data_of_own_patients": True,
    "done_by_care_team": True,
    "for_care_team_only": True,
    "snds_main_base": False,
    "matched": False,
    "nir": False,
    "outside_eu": "no",
}

# answers, what changes, qualification, formality
ROUTES = [
    (WAREHOUSE, {}, "EDS", "none"),
    (WAREHOUSE, {"purpose": "feasibility"}, "EDS", "none"),
    (WAREHOUSE | HOSPITAL, {"purpose": "steering", "third_party": True}, "RNIPH", "MR-004"),
    (WAREHOUSE | HOSPITAL, {"purpose": "steering", "own_staff_only": False}, "RNIPH", "MR-004"),
    (
        WAREHOUSE | HOSPITAL,
        {"purpose": "care_evaluation", "one_establishment": False},
        "RNIPH",
        "MR-004",
    ),
    (PERSONS, {"product": "drug"}, "CTR", "MR-001"),
    (PERSONS, {"product": "device"}, "DEVICE", "MR-001"),
    (PERSONS, {"intervention": "more_than_minimal_risk"}, "RIPH1", "MR-001"),
    (PERSONS, {}, "RIPH2", "MR-001"),
    (PERSONS, {"intervention": "usual_care"}, "RIPH3", "MR-003"),
    (PERSONS, {"snds_main_base": True}, "RIPH2", "CNIL"),
    (PERSONS, {"nir": True}, "RIPH2", "CNIL"),
    (PERSONS, {"outside_eu": "yes"}, "RIPH2", "CNIL"),
    (PERSONS, {"outside_eu": "adequate"}, "RIPH2", "MR-001"),
    (
        PERSONS | HOSPITAL,
        {"intervention": "usual_care", "biomedical_aim": False},
        "RNIPH",
        "MR-004",
    ),
    (TEAM, {}, "INTERNE", "none"),
    (HOSPITAL | TEAM, {"for_care_team_only": False}, "RNIPH", "MR-004"),
    (HOSPITAL | TEAM, {"matched": True}, "RNIPH", "MR-004"),
    (HOSPITAL | TEAM, {"outside_eu": "adequate"}, "RNIPH", "MR-004"),
    (HOSPITAL | TEAM, {"nir": True}, "RNIPH", "CNIL"),
    (SNDS, {}, "RNIPH", "MR-007"),
    (SNDS, {"snds_interest": "legitimate_interest"}, "RNIPH", "MR-008"),
    (SNDS, {"matched": True}, "RNIPH", "CNIL"),
    (SNDS, {"requester": "insurer"}, "RNIPH", "CNIL"),
    (SNDS, {"nir": True}, "RNIPH", "CNIL"),
    (PMSI, {}, "RNIPH", "MR-005"),
    (PMSI, {"requester": "hospital_federation"}, "RNIPH", "MR-005"),
    (PMSI, {"requester": "manufacturer"}, "RNIPH", "MR-006"),
    (PMSI, {"requester": "startup"}, "RNIPH", "CNIL"),
    (PMSI, {"requester": "research_body"}, "RNIPH", "CNIL"),
    (PMSI, {"matched": True}, "RNIPH", "CNIL"),
    (HOSPITAL, {}, "RNIPH", "MR-004"),
    (HOSPITAL, {"informed": "documented_exception"}, "RNIPH", "MR-004"),
    (HOSPITAL, {"outside_eu": "safeguards"}, "RNIPH", "MR-004"),
    *(
        (HOSPITAL, {key: value}, "RNIPH", "CNIL")
        for key, value in {
            "public_interest": False,
            "pseudonymised": False,
            "informed": "no",
            "objection_possible": False,
            "nir": True,
            "genetic_identification": True,
            "outside_eu": "yes",
        }.items()
    ),
]

KNOWN = {each.code for each in QUESTIONS}
ANSWERS = st.fixed_dictionaries(
    {}, optional={each.code: st.sampled_from(each.values) for each in QUESTIONS}
)
WHOLE = st.fixed_dictionaries({each.code: st.sampled_from(each.values) for each in QUESTIONS})


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_real_public_case_has_its_real_route(path):
    case = json.loads(path.read_text(encoding="utf-8"))
    found = qualify(case["answers"]).as_data()
    assert {key: found[key] for key in case["expected"]} == case["expected"]


@pytest.mark.parametrize(("answers", "change", "qualification", "formality"), ROUTES)
def test_each_rule_gives_its_route(answers, change, qualification, formality):
    found = qualify(answers | change)
    assert (found.qualification, found.formality) == (qualification, formality)


def test_a_prohibited_purpose_is_stopped_whatever_else_is_said():
    found = qualify({"prohibited_purpose": True})
    assert (found.qualification, found.formality, found.stopped_by) == (None, None, "U-02")
    assert found.evidence == ()


def test_a_doubt_on_intervening_is_asked_to_a_committee():
    found = qualify(RESEARCH | {"intervention": "unclear"})
    assert (found.qualification, found.formality) == ("A_TRANCHER", None)
    assert [each["code"] for each in found.as_data()["to_ask"]] == ["CPP", "CEEI"]


def test_the_impact_assessment_is_a_condition_and_changes_no_route():
    later = {key: value for key, value in HOSPITAL.items() if key != "aipd_done"}
    for answers in (later, later | {"aipd_done": False}):
        found = qualify(answers)
        assert found.formality == "MR-004"
        assert "aipd" in found.conditions
    assert "aipd" not in qualify(HOSPITAL).conditions


def test_the_network_refuses_transfers_unless_adequate():
    assert "outside_eu" in qualify(HOSPITAL | {"outside_eu": "safeguards"}).conditions
    assert "outside_eu" not in qualify(HOSPITAL | {"outside_eu": "adequate"}).conditions


def test_a_methodology_on_national_data_states_what_it_supposes():
    assert list(qualify(SNDS).conditions) == [
        "cnam_only",
        "cesrees_express",
        "no_nir",
        "within_eu",
        "aipd",
        "establishment_files",
    ]


def test_after_the_cpp_the_cnil_needs_no_cesrees():
    found = qualify(PERSONS | {"nir": True})
    assert "cpp_first" in found.conditions and "cesrees_first" not in found.conditions
    assert [piece.code for piece in found.evidence] == ["cpp_opinion", "cnil_authorisation"]


EVIDENCE = {
    ("none", "EDS"): ["eds_purpose", "register_entry"],
    ("none", "INTERNE"): ["register_entry", "care_team_list", "patients_information"],
    ("MR-004", "RNIPH"): ["commitment", "directory_number", "aipd", "notice"],
    ("MR-005", "RNIPH"): ["commitment", "atih_request", "directory_number"],
    ("MR-006", "RNIPH"): ["commitment", "atih_request", "directory_number", "laboratory"],
    ("CNIL", "RNIPH"): ["cesrees_opinion", "cnil_authorisation"],
}


@pytest.mark.parametrize(("formality", "qualification"), EVIDENCE)
def test_a_formality_asks_its_evidence(formality, qualification):
    assert [p.code for p in evidence_of(formality, qualification)] == EVIDENCE[
        formality, qualification
    ]


@pytest.mark.parametrize(
    ("qualification", "own"),
    [("RIPH1", "ansm_authorisation"), ("RIPH2", "ansm_information"), ("CTR", "eu_ct_number")],
)
def test_mr_001_asks_each_kind_of_research_its_own_piece(qualification, own):
    found = [piece.code for piece in evidence_of("MR-001", qualification)]
    assert found[-2:] == ["consent_form", own]


def test_without_the_qualification_nothing_that_may_be_required_is_left_out():
    assert {piece.code for piece in evidence_of("CNIL")} == {
        "cesrees_opinion",
        "cpp_opinion",
        "cnil_authorisation",
    }


def test_an_unknown_formality_asks_nothing_it_is_an_error():
    with pytest.raises(KeyError):
        evidence_of("MR-009")


CNIL = evidence_of("CNIL", "RNIPH")[1]
PIECE_VALUES = [
    ({"decision": "DR-2025-104", "on": "2025-05-16"}, True),
    ({"decision": "DR-2025-104"}, False),
    ({"decision": "2025-104", "on": "2025-05-16"}, False),
    ({"decision": "DR-2025-104\n; drop", "on": "2025-05-16"}, False),
    ({"decision": "DR-2025-104", "on": "16/05/2025"}, False),
    ({"decision": "DR-2025-104", "on": "2025-02-30"}, False),
    (
        {"receipt": "2230001", "effective_on": "2025-05-16", "opinion": "expressly_favourable"},
        True,
    ),
    ({"receipt": "2230001", "effective_on": "2025-05-16", "opinion": "tacit"}, False),
    ({"receipt": "2230001", "effective_on": "2025-05-16"}, False),
    ({}, False),
    ({"decision": 12, "on": None}, False),
]


@pytest.mark.parametrize(("values", "valid"), PIECE_VALUES)
def test_the_cnil_answers_by_a_decision_or_by_silence_after_an_express_opinion(values, valid):
    assert piece_is_valid(CNIL, values) is valid


def test_what_lacks_in_a_piece_is_named_in_its_nearest_form():
    assert piece_problems(CNIL, {"decision": "DR-2025-104"}) == ("on",)


@given(answers=ANSWERS)
def test_answers_give_a_route_or_name_what_they_lack(answers):
    try:
        found = qualify(answers)
    except Unanswered as unanswered:
        assert unanswered.codes
        assert not set(unanswered.codes) & set(answers)
        assert [each.code for each in next_questions(answers)] == list(unanswered.codes)
    else:
        assert next_questions(answers) == ()
        assert found.qualification in (*QUALIFICATIONS, None)
        assert found.formality in (*FORMALITIES, None)
        assert (found.formality is None) == bool(found.stopped_by or found.to_ask)
        assert bool(found.evidence) == (found.formality is not None)
        json.dumps(found.as_data("en"))


@given(answers=WHOLE)
def test_every_whole_set_of_answers_has_a_route(answers):
    qualify(answers)


@given(answers=WHOLE)
def test_the_reasons_given_are_enough_to_reach_the_same_route(answers):
    found = qualify(answers)
    reasons = {each.question: each.answer for each in found.because}
    again = qualify(reasons)
    assert (again.qualification, again.formality) == (found.qualification, found.formality)


@settings(max_examples=200)
@given(answers=WHOLE)
def test_answering_what_is_asked_reaches_a_route_that_the_rest_explains(answers):
    given_answers = {}
    for _ in QUESTIONS:
        asked = next_questions(given_answers)
        if not asked:
            break
        assert not {each.code for each in asked} & set(given_answers)
        given_answers |= {each.code: answers[each.code] for each in asked}
    found = qualify(given_answers)
    shown = {each.code for each in relevant_questions(given_answers)}
    assert {each.question for each in found.because} <= shown


@given(
    answers=WHOLE, key=st.text(max_size=12).filter(lambda k: k not in {q.code for q in QUESTIONS})
)
def test_an_unknown_key_is_an_error(answers, key):
    with pytest.raises(WrongAnswers) as caught:
        qualify(answers | {key: True})
    assert [(e.key, e.problem) for e in caught.value.errors] == [(key, "unknown_key")]


@pytest.mark.parametrize("value", [1, 0, "yes", "true", None, [], {}, 1.5, ["research"]])
def test_an_unknown_value_is_an_error(value):
    with pytest.raises(WrongAnswers):
        qualify(HOSPITAL | {"nir": value})
    with pytest.raises(WrongAnswers):
        qualify(HOSPITAL | {"purpose": value})


def test_every_question_is_in_both_languages():
    for each in QUESTIONS:
        assert set(each.label) == set(each.help) == {"fr", "en"}
        assert all(set(words) == {"fr", "en"} for _, words in each.choices)
