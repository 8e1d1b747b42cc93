"""The template of a paper is given filled with what the request already says."""

from io import BytesIO

import pytest
from django.utils import timezone
from docx import Document

from projects.domain import drafts
from tests.people import person, sign_in
from tests.projects.conftest import NOW, establishments, holder  # noqa: F401
from tests.projects.walks import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


@pytest.fixture
def demand(holder):  # noqa: F811
    return draft(holder, ["chu-rennes"], at=NOW)


def words(response) -> str:
    return "\n".join(each.text for each in Document(BytesIO(response.content)).paragraphs)


def test_a_template_is_filled_with_the_answers_and_keeps_the_holes_of_the_rest(
    client,
    holder,  # noqa: F811
    demand,
):
    sign_in(client, holder)
    section = client.get(f"/demandes/{demand.pk}/dossier/protocol").content.decode()
    address = f"/demandes/{demand.pk}/modeles/protocole.docx"
    assert f'href="{address}"' in section
    text = words(client.get(address)).replace("\xa0", " ").replace("\u202f", " ")
    answers = {row.code: row.answers for row in demand.sections.all()}
    assert f"Titre complet : {demand.title}" in text
    assert "Responsable scientifique : Marion Le Gall" in text
    assert "Hôpitaux sollicités : CHU Rennes" in text
    assert answers["protocol"]["objective_primary"] in text
    assert f"Inclusion : {answers['data']['population']}" in text
    assert "[titre, sans sigle non défini]" not in text
    assert "Non-inclusion : [de même]" in text


@pytest.mark.parametrize(
    "code", ["protocole", "plan-statistique", "note-information", "aipd", "engagement-referent"]
)
def test_no_answer_makes_a_word_file_fail(client, holder, demand, code):  # noqa: F811
    unwritable = "Un \x01 et un \ufffe qui ne s'écrivent pas, <b>du gras</b>."
    before = {
        "objective_primary": demand.sections.get(code="protocol").answers["objective_primary"]
    }
    change = {"objective_primary": unwritable}
    now = timezone.now()
    drafts.save_section(demand, "protocol", change, replaces=before, by=holder, at=now)
    sign_in(client, holder)
    response = client.get(f"/demandes/{demand.pk}/modeles/{code}.docx")
    assert response.status_code == 200
    assert "\x01" not in words(response)


def test_it_is_given_to_who_sees_the_request_and_for_a_paper_that_exists(client, holder, demand):  # noqa: F811
    address = f"/demandes/{demand.pk}/modeles/protocole.docx"
    sign_in(client, person())
    assert client.get(address).status_code == 404
    sign_in(client, holder)
    assert client.get(address.replace("protocole", "rien")).status_code == 404
