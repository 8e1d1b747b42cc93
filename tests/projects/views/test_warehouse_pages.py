"""*Mon établissement*, the warehouse: stated by its producer or its DPO, who is told what a change
would stop; not found by others."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from governance.charters.facts import today
from governance.dates import say_day
from governance.models import AccessLog, NonConformity, WarehouseStanding
from projects.demonstration import network
from tests import outbox
from tests.people import sign_in
from tests.projects.conftest import NOW
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

PAGE = f"/etablissement/{LEAD}/entrepot"
NOTE = {"channel": "letter", "coverage": "97", "address": "https://chu-rennes.example/note"}
BASIS = {
    "kind": "authorisation",
    "number": "DT-2026-12",
    "dated_on": "2026-01-08",
    "legal_basis": "Autorisation de la CNIL",
    "purposes": ["research"],
    "recipients": ["academic"],
}


@pytest.fixture
def as_(client, establishments):
    def signed_in(role, slug=LEAD):
        sign_in(client, network.staff(role, slug, at=NOW))
        return client

    return signed_in


def yesterday() -> str:
    return (today(timezone.now()) - timedelta(days=1)).isoformat()


def standing() -> WarehouseStanding:
    return WarehouseStanding.objects.get(establishment=LEAD)


@pytest.mark.parametrize("role", ["producer", "dpo"])
def test_who_keeps_it_finds_it_from_their_establishment(as_, role):
    client = as_(role)
    assert client.get("/etablissement", follow=True).redirect_chain[-1][0] == PAGE
    page = client.get(PAGE).content.decode()
    assert say_day(date(2019, 1, 1)) in page and "96 %" in page
    assert page.count("button primary") == 1


@pytest.mark.parametrize("path", [PAGE, PAGE + "/note", PAGE + "/base-legale", PAGE + "/document"])
@pytest.mark.parametrize(
    "role, slug", [("administrator", LEAD), ("case_officer", LEAD), ("producer", OTHER)]
)
def test_it_is_not_found_by_others(as_, role, slug, path):
    client = as_(role, slug)
    assert client.get(path).status_code == client.post(path, NOTE).status_code == 404


def test_a_notice_is_published_and_citizens_read_it(as_):
    client = as_("dpo")
    answer = client.post(PAGE + "/note", NOTE | {"effective_on": yesterday()}, follow=True)
    assert "La note est publiée" in answer.content.decode()
    client.logout()
    public = client.get(f"/etablissements/{LEAD}").content.decode()
    assert 'href="https://chu-rennes.example/note"' in public and "97 %" in public


def test_the_basis_is_stated_with_its_end_and_its_document(as_, settings, tmp_path):
    settings.ATTACHMENTS_ROOT = tmp_path
    client = as_("producer")
    assert client.get(PAGE + "/document").status_code == 404
    page = client.post(PAGE + "/base-legale", BASIS, follow=True).content.decode()
    assert "DT-2026-12" in page and "Autorisation de la CNIL" in page and "Sans fin" in page
    assert standing().purposes == ["research"]
    paper = SimpleUploadedFile("décision.pdf", b"%PDF-1.4\n", "application/pdf")
    said = BASIS | {"until": "2036-01-08", "document": paper}
    page = client.post(PAGE + "/base-legale", said, follow=True).content.decode()
    assert "décision.pdf" in page and say_day(date(2036, 1, 8)) in page
    assert client.get(PAGE + "/document").content == b"%PDF-1.4\n"
    assert AccessLog.objects.filter(subject_type="warehouse_document").count() == 1
    for wrong in ({"until": "2026-01-08"}, {"document": SimpleUploadedFile("x.pdf", b"<html>")}):
        answer = client.post(PAGE + "/base-legale", BASIS | wrong)
        assert list(answer.context["form"].errors) == list(wrong)


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"effective_on": "demain"}, "date"),
        ({"coverage": "101"}, "100"),
        ({"channel": "rumour"}, "rumour"),
        ({"address": "javascript:alert(1)"}, "URL"),
        ({"address": ""}, "adresse de la note, ou son texte"),
        ({"text": "x" * 8001}, "8000"),
    ],
)
def test_a_wrong_answer_is_said_beside_its_field_and_changes_nothing(as_, wrong, said):
    answer = as_("dpo").post(PAGE + "/note", NOTE | {"effective_on": yesterday()} | wrong)
    assert answer.status_code == 200
    errors = str(answer.context["form"].errors)
    assert said in errors and list(answer.context["form"].errors) == list(wrong)
    assert standing().notice_address == ""


def test_one_is_told_how_many_requests_would_be_stopped_and_says_again_that_one_means_it(
    as_, holder, order_key
):
    stand_at("access", Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW))
    later = (today(timezone.now()) + timedelta(days=7)).isoformat()
    client, said = as_("producer"), NOTE | {"effective_on": later}
    page = client.post(PAGE + "/note", said).content.decode()
    assert "1 demande dont les données sont utilisées ne respecterait plus la charte" in page
    assert 'name="knowing"' in page and standing().notice_address == ""
    assert client.post(PAGE + "/note", said | {"knowing": "on"}).status_code == 302
    outbox.run()
    assert NonConformity.objects.get().clause == "C-02"
