"""What is public by the API: the register, the rules, the figures. No token."""

import jsonschema_rs
import pytest
from django.utils import timezone

from governance.charters import versions_in_force
from governance.process.table import REQUEST
from tests.portal.api.calls import Caller, refusal
from tests.projects.walks import draft


@pytest.fixture
def citizen():
    return Caller()


def test_a_draft_and_a_deposit_are_not_in_the_register(citizen, walk):
    assert citizen.get("/public/projects").json() == {"items": [], "next": None}
    walk.submit()
    assert citizen.get("/public/projects").json()["items"] == []
    assert refusal(citizen.get(f"/public/projects/{walk.case.number}"))[:2] == (404, "not_found")


def test_an_admitted_project_tells_what_is_public_then_and_nothing_else(citizen, walk, holder):
    walk.until("instruction")
    answer = citizen.get(f"/public/projects/{walk.case.number}")
    said = answer.json()
    assert (said["title"], said["state"]) == (walk.request.plain_title, "instruction")
    assert (said["holder"], said["answers"], said["legal_basis"]) == ("", {}, [])
    assert str(holder) not in answer.content.decode()
    assert [e["step"] for e in said["events"]] == ["submit", "admit"]
    assert said["events"][1]["leaf"] is not None


def test_an_authorised_project_names_its_holder_and_its_data(citizen, walk, holder):
    walk.until("authorised")
    said = citizen.get(f"/public/projects/{walk.case.number}").json()
    assert (said["authorised"], said["holder"]) == (True, holder.get_full_name())
    assert said["answers"]["funder"] == "Ministère de la santé"
    assert said["answers"]["period_start"] == "2019-01-01"


def test_a_public_answer_has_no_cookie_and_may_be_kept(citizen, walk):
    walk.until("instruction")
    for path in ("/public/projects", f"/public/projects/{walk.case.number}", "/public/process"):
        answer = citizen.get(path)
        assert "public" in answer["Cache-Control"]
        assert not answer.cookies


def test_the_register_is_searched_and_filtered(citizen, walk):
    walk.until("instruction")
    number = walk.case.number

    def found(**query):
        items = citizen.get("/public/projects", query).json()["items"]
        return [row["number"] for row in items]

    assert found(q="medicament") == [number]
    assert found(q="introuvable") == []
    assert found(establishment="chu-rennes", year=number[:4], group="etude") == [number]
    assert found(establishment="chu-brest") == []
    assert refusal(citizen.get("/public/projects", {"group": "x"}))[2].keys() == {"group"}


def test_the_register_takes_the_same_number_of_queries_for_any_length(
    citizen, walk, began, django_assert_num_queries
):
    walk.until("instruction")
    with django_assert_num_queries(2):
        citizen.get("/public/projects")
    other = type(walk)(draft(walk.holder, ["chu-brest"], at=began), at=began)
    other.until("instruction")
    with django_assert_num_queries(2):
        assert len(citizen.get("/public/projects").json()["items"]) == 2


def test_the_process_is_the_table_that_executes(citizen):
    said = citizen.get("/public/process").json()
    assert [state["code"] for state in said["states"]] == [s.code for s in REQUEST.states]
    steps = {step["code"]: step for step in said["steps"]}
    assert set(steps) == {step.code for step in REQUEST.steps}
    assert "U-03" in steps["submit"]["articles"]
    assert steps["authorise"]["delegated"] is True
    assert steps["authorise"]["articles"] == ["C-11", "P-05", "U-07", "U-09", "U-10"]


def test_the_charters_are_told_article_by_article_in_both_languages(citizen):
    listed = citizen.get("/public/charters").json()["items"]
    assert {c["code"]: c["in_force"] for c in listed} == versions_in_force(timezone.localdate())
    for line in listed:
        path = f"/public/charters/{line['code']}/{line['in_force']}"
        french, english = (
            Caller(language=each).get(path).json()["articles"] for each in ("fr", "en")
        )
        assert [a["code"] for a in french] == [a["code"] for a in english]
        assert french[0]["text"] != english[0]["text"]


@pytest.mark.parametrize("path", ["nothing/1", "utilisateur/99", "utilisateur/..%2f1", "citoyen/x"])
def test_a_charter_that_is_not_there_is_not_found(citizen, path):
    assert refusal(citizen.get(f"/public/charters/{path}"))[:2] == (404, "not_found")


def test_figures_under_eleven_are_never_told(citizen, walk):
    walk.until("instruction")
    said = citizen.get("/public/indicators").json()
    assert [(s["state"], s["requests"]) for s in said["states"]] == [("instruction", None)]
    for table in said["outcomes"].values():
        assert {row["number"] for row in table["groups"]} == {None}
    assert said["articles"] == []
    admissibility = next(d for d in said["delays"] if d["clock"] == "state:admissibility")
    assert (admissibility["promised"]["number"], admissibility["half"]) == (15, None)


def test_the_form_is_a_json_schema_in_the_reader_s_language(db, establishments):
    french, english = (Caller(language=each).get("/form").json() for each in ("fr", "en"))
    assert french["$schema"].endswith("2020-12/schema")
    assert list(french["properties"]) == list(english["properties"])
    project = french["properties"]["project"]
    assert project["properties"]["title"] == {
        "title": "Titre scientifique",
        "type": "string",
        "minLength": 10,
        "maxLength": 240,
    }
    assert "acronym" not in project["required"]
    sites = french["properties"]["sites"]["properties"]["establishments"]["items"]["oneOf"]
    assert {"const": "chu-rennes", "title": "CHU Rennes"} in sites
    assert french["properties"]["data"]["properties"]["delivery_reason"]["x-asked-if"] == {
        "field": "delivery_kind",
        "in": ["pseudonymised", "nominative_to_care_team", "correspondence"],
    }


def test_complete_answers_satisfy_the_form_s_schema(walk, holder):
    schema = Caller().get("/form").json()
    said = Caller(holder).get(f"/requests/{walk.request.pk}").json()["answers"]
    errors = [
        error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(said)
    ]
    assert errors == []
