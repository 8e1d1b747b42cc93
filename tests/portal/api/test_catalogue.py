"""The catalogue by the API, and counts of patients."""

import pytest

from catalog.domain import counts
from catalog.models import CountRequest, Dataset, SiteCount, SiteOrder
from tests.catalog.atlas import exported
from tests.catalog.making import STEMI, order_key
from tests.people import person
from tests.portal.api.calls import Caller, refusal


@pytest.fixture
def citizen(establishments):
    return Caller()


@pytest.fixture
def counter(establishments, tmp_path, settings):
    order_key(tmp_path, settings)
    return Caller(person())


def ask(counter, *sites, definition=STEMI, **headers):
    body = {"definition": definition, "establishments": list(sites)}
    return counter.post("/catalogue/counts", body, **headers)


def test_the_establishments_are_listed_page_by_page(citizen):
    first = citizen.get("/catalogue/establishments", {"limit": 5}).json()
    rest = citizen.get("/catalogue/establishments", {"cursor": first["next"]}).json()
    slugs = [row["slug"] for row in first["items"] + rest["items"]]
    assert (slugs[0], len(slugs), rest["next"]) == ("chu-rennes", 8, None)


def test_datasets_are_filtered_and_paged(citizen):
    assert len(citizen.get("/catalogue/datasets").json()["items"]) == Dataset.objects.count()
    query = {"establishment": "chu-brest", "category": "prescriptions"}
    (found,) = citizen.get("/catalogue/datasets", query).json()["items"]
    assert found["slug"] == "chu-brest-prescriptions"
    assert (found["establishment"], found["category"]) == ("chu-brest", "prescriptions")
    page = citizen.get("/catalogue/datasets", {"limit": 3}).json()
    assert (len(page["items"]), bool(page["next"])) == (3, True)
    assert citizen.get("/catalogue/datasets", {"limit": 3, "cursor": page["next"]}).json()["items"]


def test_variables_say_how_many_hold_them(citizen):
    found = citizen.get("/catalogue/variables", {"category": "prescriptions"}).json()["items"]
    assert [(v["code"], v["sites"]) for v in found] == [
        ("drug_drug_concept_id", 8),
        ("drug_drug_exposure_start_date", 8),
    ]
    assert citizen.get("/catalogue/variables", {"establishment": "nowhere"}).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "most"), [("establishments", 1), ("datasets", 1), ("variables", 1)]
)
def test_each_list_is_one_query(citizen, path, most, django_assert_num_queries):
    with django_assert_num_queries(most):
        citizen.get(f"/catalogue/{path}")


def test_a_count_is_asked_and_its_figures_come_back_masked(counter):
    answer = ask(counter, "chu-rennes", "chu-brest")
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert [(s["establishment"], s["state"]) for s in said["sites"]] == [
        ("chu-rennes", "asked"),
        ("chu-brest", "asked"),
    ]
    assert (said["waiting"], said["total"]) == (2, 0)
    order = SiteOrder.objects.get(establishment="chu-rennes")
    report = {
        "kind": "count",
        "at": "2026-03-02T09:00:00Z",
        "body": {"persons": 40, "masked": False},
    }
    counts.receive_count(order, report)
    SiteCount.objects.filter(state="answered").update(answered_at=CountRequest.objects.get().at)
    again = ask(counter, "chu-rennes", "chu-brest").json()
    assert (again["sites"][0]["persons"], again["total"]) == (40, 40)
    assert again["distinct_cohorts_left_today"] == said["distinct_cohorts_left_today"]


def test_without_a_name_the_whole_network_is_asked(counter):
    assert len(ask(counter).json()["sites"]) == 8


def test_a_count_repeated_under_its_key_is_the_first_asking(counter):
    first = ask(counter, "chu-rennes", Idempotency_Key="comptage-1").json()
    assert ask(counter, "chu-rennes", Idempotency_Key="comptage-1").json() == first
    assert CountRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({}, "definition"),
        ({"period": {"from": "2025-01-01", "to": "2024-01-01"}}, "definition/period"),
        (STEMI | {"alll": []}, "definition/alll"),
        (STEMI | {"sex": ["X"]}, "definition/sex/0"),
    ],
)
def test_a_definition_that_cannot_be_run_is_refused_at_its_place(counter, definition, place):
    errors = refusal(ask(counter, "chu-rennes", definition=definition))[2]
    assert any(found.startswith(place) for found in errors), errors


def test_a_definition_of_ohdsi_that_says_more_is_counted_as_it_is(counter):
    definition = exported(bleeding_within=30)
    answer = ask(counter, "chu-rennes", definition=definition)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert [each["state"] for each in said["sites"]] == ["asked"]
    assert "comptée telle quelle" in said["notes"][0]
    assert SiteOrder.objects.get(establishment="chu-rennes").body["cohort"] == definition
    assert ask(counter, "chu-rennes", definition=definition).json()["waiting"] == 1
    assert SiteOrder.objects.count() == 1, "asked again, it joins the order under way"


def deep(levels: int) -> dict:
    content: dict = {}
    for _level in range(levels):
        content = {"Groups": [content]}
    return {"PrimaryCriteria": content}


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({"PrimaryCriteria": 3}, "definition/PrimaryCriteria"),
        (exported() | {"Fever": 1}, "definition/Fever"),
        (
            exported() | {"ConceptSets": []},
            "definition/PrimaryCriteria/CriteriaList/0/DrugExposure",
        ),
        (exported() | {"Title": "\0"}, "definition"),
        (deep(100), "definition"),
        (exported() | {"Title": "x" * 250_000}, "definition"),
    ],
)
def test_a_definition_of_ohdsi_that_cannot_be_run_is_refused_at_its_place(
    counter, definition, place
):
    answer = ask(counter, "chu-rennes", definition=definition)
    errors = refusal(answer)[2]
    assert any(found.startswith(place) for found in errors), errors
    assert not CountRequest.objects.exists()


def test_an_establishment_that_is_not_there_is_refused(counter):
    assert refusal(ask(counter, "nowhere"))[2].keys() == {"establishments"}


def test_a_day_s_budget_is_told_when_it_is_spent(counter, monkeypatch):
    monkeypatch.setattr(counts, "COHORTS_A_DAY", 1)
    assert ask(counter, "chu-rennes").status_code == 201
    other = STEMI | {"sex": ["F"]}
    assert refusal(ask(counter, "chu-rennes", definition=other))[:2] == (429, "throttled")


def test_counts_need_an_account(citizen):
    assert refusal(ask(citizen, "chu-rennes"))[:2] == (401, "unauthenticated")
