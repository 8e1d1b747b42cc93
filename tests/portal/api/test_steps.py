"""Steps by the API: what is open, what stands in the way, taking one, taking it again."""

import pytest

from governance.models import Decision
from governance.models.decision import DELEGATED_STEPS, NEGATIVE_STEPS
from governance.process.table import REQUEST
from portal.api.step_forms import FORMS, json_schema
from projects.process.details import CHECKS
from tests.people import person
from tests.portal.api.calls import Caller, refusal


@pytest.fixture(autouse=True)
def _no_second_factor_asked(settings):
    settings.DEMONSTRATION = True


@pytest.fixture
def caller(holder):
    return Caller(holder)


def path_of(walk, *parts):
    return "/".join([f"/requests/{walk.case.number or walk.request.pk}", *parts])


def deposit(caller, walk, **headers):
    digest = caller.get(path_of(walk)).json()["preview"]["digest"]
    return caller.post(path_of(walk, "steps", "submit"), {"preview": digest}, **headers)


def open_step(caller, walk, step):
    rows = caller.get(path_of(walk, "steps")).json()["items"]
    return next(row for row in rows if row["step"] == step)


def test_every_step_of_the_table_has_a_body_and_each_own_form_is_known():
    # What lifting says is found by itself: which reservations stand lifted.
    assert set(FORMS) - {"submit"} == set(CHECKS) - {"lift_reservations"}
    for step in REQUEST.steps:
        required = json_schema(step.code).get("required", [])
        if step.code in NEGATIVE_STEPS and all(o.tone == "negative" for o in step.outcomes):
            assert {"articles", "reason"} <= set(required), step.code


def test_what_stands_in_the_way_is_told_before_the_attempt(caller, holder, began):
    made = caller.post("/requests", {"answers": {}}).json()
    rows = caller.get(f"/requests/{made['id']}/steps").json()["items"]
    submit = next(row for row in rows if row["step"] == "submit")
    assert submit["allowed"] is True
    assert "U-03" in [article["code"] for article in submit["obstacles"]]
    assert "preview" in submit["body"]["required"]


def test_a_step_that_the_charters_refuse_answers_409_with_the_articles(caller):
    made = caller.post("/requests", {"answers": {}}).json()
    answer = caller.post(
        f"/requests/{made['id']}/steps/submit", {"preview": made["preview"]["digest"]}
    )
    assert refusal(answer)[:2] == (409, "refused")
    found = {article["code"]: article for article in answer.json()["articles"]}
    assert found["U-03"]["verdict"] == "unsatisfied"
    assert (found["U-03"]["mender"], bool(found["U-03"]["title"])) == ("holder", True)
    assert found["U-03"]["missing"]
    assert not Decision.objects.exists()


def test_a_deposit_confirms_the_preview_that_was_read(caller, walk):
    other = caller.post(path_of(walk, "steps", "submit"), {"preview": "0" * 64})
    assert refusal(other)[2].keys() == {"preview"}
    answer = deposit(caller, walk)
    assert answer.status_code == 201, answer.content
    assert (answer.json()["index"], answer.json()["to_state"]) == (1, "admissibility")
    walk.case.refresh_from_db()
    assert caller.get(path_of(walk)).json()["number"] == walk.case.number


def test_a_deposit_repeated_under_its_key_is_the_same_deposit(caller, walk):
    digest = caller.get(path_of(walk)).json()["preview"]["digest"]
    path = path_of(walk, "steps", "submit")
    answers = [
        caller.post(path, {"preview": digest}, Idempotency_Key="depot-unique").json()
        for _time in range(2)
    ]
    assert answers[0] == answers[1]
    assert Decision.objects.count() == 1
    assert walk.case.records.filter(kind="preview_confirmed").count() == 1


def test_a_step_repeated_under_its_key_is_the_same_decision_and_no_other(walk):
    walk.submit()
    officer = Caller(walk.staff("case_officer"))
    path = path_of(walk, "steps", "admit")
    first = officer.post(path, {}, Idempotency_Key="recevable-1")
    again = officer.post(path, {}, Idempotency_Key="recevable-1")
    assert first.status_code == 201, first.content
    assert first.json() == again.json()
    assert refusal(officer.post(path, {"reason": "Autre."}, Idempotency_Key="recevable-1"))[:2] == (
        422,
        "key_reused",
    )


def test_a_step_taken_again_without_a_key_is_a_conflict(walk):
    walk.submit()
    officer = Caller(walk.staff("case_officer"))
    assert officer.post(path_of(walk, "steps", "admit"), {}).status_code == 201
    assert refusal(officer.post(path_of(walk, "steps", "admit"), {}))[:2] == (409, "conflict")


def test_the_holder_does_not_take_the_officer_s_step(caller, walk):
    walk.submit()
    assert open_step(caller, walk, "admit")["why_not"] == "role"
    assert refusal(caller.post(path_of(walk, "steps", "admit"), {}))[:2] == (403, "forbidden")


def test_points_are_asked_by_the_schema_of_the_step(caller, walk):
    walk.submit()
    officer, path = Caller(walk.staff("case_officer")), path_of(walk, "steps", "return")
    assert refusal(officer.post(path, {}))[2].keys() == {"points"}
    wrong = officer.post(path, {"points": [{"section": ["project"], "text": "x"}]})
    assert list(refusal(wrong)[2]) == ["points.0.section"]
    point = {"section": "project", "field": "title", "text": "Le titre est trop vague."}
    assert officer.post(path, {"points": [point]}).status_code == 201
    assert caller.get(path_of(walk)).json()["editable"] == ["project"]


def test_a_site_is_named_and_an_unknown_one_is_refused(walk):
    walk.submit()
    walk.admit()
    methodologist = Caller(walk.staff("methodologist"))
    path = path_of(walk, "steps", "state_feasibility")
    assert refusal(methodologist.post(path, {"outcome": "feasible"}))[2].keys() == {"site"}
    nowhere = {"outcome": "feasible", "site": "chu-tours"}
    assert refusal(methodologist.post(path, nowhere))[2].keys() == {"site"}
    answer = methodologist.post(path, {"outcome": "feasible", "site": "chu-rennes"})
    assert answer.status_code == 201, answer.content
    assert answer.json()["track"] == {"kind": "site", "key": "chu-rennes"}


def test_a_negative_decision_needs_articles_reasons_and_a_delegation(walk):
    walk.submit()
    path = path_of(walk, "steps", "refuse")
    delegate = Caller(walk.staff("delegate"))
    assert refusal(delegate.post(path, {}))[2].keys() == {"articles", "reason"}
    unknown = {"articles": ["U-99"], "reason": "Parce que."}
    assert refusal(delegate.post(path, unknown))[2].keys() == {"articles"}
    undelegated = person(("delegate", "chu-rennes"))
    said = {"articles": ["U-01"], "reason": "Aucun référent local."}
    assert refusal(Caller(undelegated).post(path, said))[:2] == (403, "forbidden")
    answer = delegate.post(path, said)
    assert answer.status_code == 201, answer.content
    assert (answer.json()["tone"], answer.json()["articles"]) == ("negative", ["U-01"])
    assert "refuse" in DELEGATED_STEPS


@pytest.mark.parametrize("step", ["nothing", "authorise%00", "é"])
def test_a_step_that_is_not_of_the_table_is_not_found(caller, walk, step):
    assert refusal(caller.post(path_of(walk, "steps", step), {}))[:2] == (404, "not_found")


@pytest.mark.parametrize(
    "body", [[], "admit", {"outcome": 4}, {"articles": "U-01"}, {"nothing": 1}]
)
def test_a_body_of_another_shape_is_refused(walk, body):
    walk.submit()
    officer = Caller(walk.staff("case_officer"))
    answer = officer.post(path_of(walk, "steps", "admit"), body)
    assert refusal(answer)[0] in (400, 415, 422)
