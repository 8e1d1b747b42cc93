"""The document of the API: complete, and the same list of addresses as the contract."""

import pytest
from django.test import Client

CONTRACT = """
GET /me
GET /form
GET /requests
POST /requests
GET /requests/{id}
PATCH /requests/{id}
POST /requests/{id}/attachments
GET /requests/{id}/attachments/{attachment}
GET /requests/{id}/steps
POST /requests/{id}/steps/{step}
GET /requests/{id}/events
GET /requests/{id}/deliveries
POST /requests/{id}/results
GET /requests/{id}/amendments
POST /requests/{id}/amendments
GET /requests/{id}/amendments/{amendment}
GET /requests/{id}/amendments/{amendment}/steps
POST /requests/{id}/amendments/{amendment}/steps/{step}
POST /requests/{id}/extension
GET /requests/{id}/formalities
POST /requests/{id}/formalities/{formality}/pieces/{piece}
POST /requests/{id}/formalities/{formality}/pieces/{piece}/document
POST /site/reports
GET /catalogue/datasets
GET /catalogue/variables
GET /catalogue/establishments
POST /catalogue/counts
GET /public/projects
GET /public/projects/{number}
GET /public/process
GET /public/charters
GET /public/charters/{charter}/{version}
GET /public/indicators
"""

PUBLIC = ("/form", "/site/", "/catalogue/datasets", "/catalogue/variables", "/public/")


@pytest.fixture
def drawn(db):
    return Client().get("/api/v1/openapi.json").json()


def operations(drawn):
    for path, methods in drawn["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path.removeprefix("/api/v1"), operation


def test_the_addresses_are_those_of_the_contract(drawn):
    found = {f"{method} {path}" for method, path, _operation in operations(drawn)}
    assert found == set(CONTRACT.strip().splitlines())


def test_the_document_is_openapi_3_1_with_names_that_never_clash(drawn):
    assert drawn["openapi"] == "3.1.0"
    names = [operation["operationId"] for _method, _path, operation in operations(drawn)]
    assert len(names) == len(set(names))


def test_what_is_public_asks_no_token_and_the_rest_does(drawn):
    for method, path, operation in operations(drawn):
        public = path.startswith(PUBLIC) or path == "/catalogue/establishments"
        assert ("security" in operation) is not public, (method, path)


def test_every_operation_says_each_refusal_that_its_shape_allows(drawn):
    for method, path, operation in operations(drawn):
        said, expected = set(operation["responses"]), {"429"}
        if "security" in operation:
            expected |= {"401", "403"}
        if "{" in path:
            expected |= {"404"}
        if "requestBody" in operation:
            expected |= {"400", "413", "415", "422"}
        if path.endswith("/steps/{step}"):
            expected |= {"409"}
        if method == "PATCH":
            expected |= {"412", "428"}
        assert expected <= said, (method, path)


def test_every_answer_has_a_schema_and_problems_have_examples(drawn):
    for method, path, operation in operations(drawn):
        for status, answer in operation["responses"].items():
            assert answer.get("$ref") or answer.get("content"), (method, path, status)
    for answer in drawn["components"]["responses"].values():
        assert answer["content"]["application/problem+json"]["examples"]


def test_the_summaries_follow_the_language(db):
    french = Client().get("/api/v1/openapi.json", headers={"Accept-Language": "fr"})
    assert french.json()["paths"]["/api/v1/me"]["get"]["summary"].startswith("Qui je suis")
    assert french["Content-Language"] == "fr"


def test_the_page_tells_every_operation_and_every_problem_without_a_script(drawn):
    answer = Client().get("/api/v1/docs")
    text = answer.content.decode()
    assert answer.status_code == 200
    for _method, path, _operation in operations(drawn):
        assert f"/api/v1{path}" in text
    assert 'id="throttled"' in text
    assert "<script" not in text.replace('<script src="/static/', "")
    assert not answer.cookies
    english = Client().get("/en/api/v1/docs")
    assert (english.status_code, english["Content-Language"]) == (200, "en")
