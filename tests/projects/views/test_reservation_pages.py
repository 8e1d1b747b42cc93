"""The page of an opinion's reservations: what is left, for the holder, who checks, who reads."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from projects.demonstration import network
from projects.domain import reservations

WORDS = [{"text": "Bornez la période.", "articles": ["U-15"]}, {"text": "Citez vos sources."}]


@pytest.fixture
def reserved(walk):
    walk.until("committee")
    walk.give_opinion("reserved", details={"reservations": WORDS})
    return walk


@pytest.fixture
def chair(reserved):
    return network.staff("committee_chair", None, at=reserved.now)


def page_of(walk) -> str:
    return f"{walk.case.number}/reserves"


def states(walk) -> list[str]:
    return [row.state for row in reservations.of_opinion(walk.case)]


def test_the_holder_is_led_to_the_reservations_and_answers_them_one_by_one(
    reserved, browser, chair
):
    holder = reserved.holder
    overview = browser.get(holder, reserved.case.number).content.decode()
    assert "répondre aux réserves du comité" in overview
    assert f'href="/demandes/{page_of(reserved)}"' in overview
    assert "chaque réserve a la réponse du porteur" in overview
    page = browser.get(holder, page_of(reserved)).content.decode()
    assert "2 réserves restent à lever" in page and "Bornez la période." in page and "U-15" in page
    paper = SimpleUploadedFile("protocole.pdf", b"%PDF-1.4\n%new\n", "application/pdf")
    sent = {"text_1": "Période bornée.", "file_1": paper, "version_1": "2.0"}
    assert browser.post(holder, page_of(reserved), sent).status_code == 302
    assert states(reserved) == ["answered", "open"]
    page = browser.get(holder, page_of(reserved)).content.decode()
    assert "protocole.pdf" in page and "version 2.0" in page
    assert 'name="text_2"' in page and 'name="text_1"' not in page
    overview = browser.get(chair, reserved.case.number).content.decode()
    assert "examiner les réponses aux réserves" in overview


def test_wrong_input_is_said_beside_its_field_and_nothing_is_lost(reserved, browser, chair):
    holder = reserved.holder
    protocol = reserved.request.attachments.filter(slot="protocol").get()
    page = browser.post(holder, page_of(reserved), {"text_1": "Écrit.", "paper_2": protocol.pk})
    said = page.content.decode()
    assert "Dites ce que vous avez fait pour lever cette réserve." in said and "Écrit." in said
    nothing = browser.post(holder, page_of(reserved), {"text_1": " "}).content.decode()
    assert "Répondez à une réserve au moins." in nothing
    junk = browser.post(holder, page_of(reserved), {"text_1": "x", "paper_1": "999999"})
    assert junk.status_code == 200
    assert states(reserved) == ["open", "open"]
    reserved.answer_reservations()
    short = browser.post(chair, page_of(reserved), {"found_1": "refused", "reason_1": "non"})
    assert "Dites pourquoi, en quelques mots" in short.content.decode()
    alone = browser.post(chair, page_of(reserved), {"reason_1": "Une raison sans constat."})
    assert "Choisissez un constat." in alone.content.decode()
    assert states(reserved) == ["answered", "answered"]


def test_who_checks_is_led_from_the_request_to_the_answers_then_to_the_step(
    reserved, browser, chair
):
    assert "Examiner les réponses aux réserves" not in _text(browser, chair, reserved)
    reserved.answer_reservations()
    assert "Examiner les réponses aux réserves" in _text(browser, chair, reserved)
    found = {f"found_{n}": "accepted" for n in (1, 2)} | {
        f"reason_{n}": "Le protocole le dit." for n in (1, 2)
    }
    assert browser.post(chair, page_of(reserved), found).status_code == 302
    assert states(reserved) == ["lifted", "lifted"]
    page = browser.get(chair, page_of(reserved)).content.decode()
    assert "Chaque réponse est acceptée." in page and "Le protocole le dit." in page
    track = reserved.case.tracks.get(kind="opinion")
    assert f"/etape/lift_reservations/{track.pk}" in page
    reserved.take("lift_reservations", chair, track=track)
    story = browser.get(chair, f"{reserved.case.number}/decisions").content.decode()
    assert "Réserves levées, par leur numéro" in story


def test_others_read_and_write_nothing(reserved, browser):
    officer = reserved.staff("case_officer")
    page = browser.get(officer, page_of(reserved)).content.decode()
    assert "Bornez la période." in page and "<textarea" not in page
    browser.post(officer, page_of(reserved), {"found_1": "accepted", "reason_1": "Passe-droit."})
    assert states(reserved) == ["open", "open"]


def test_without_reservations_there_is_no_such_page(walk, browser):
    walk.until("committee")
    assert browser.get(walk.holder, page_of(walk)).status_code == 404
    walk.give_opinion()
    assert browser.get(walk.holder, page_of(walk)).status_code == 404


def test_the_page_asks_as_many_queries_for_one_reservation_as_for_ten(
    walk, browser, django_assert_max_num_queries
):
    walk.until("committee")
    many = [{"text": f"Réserve {n}."} for n in range(10)]
    walk.give_opinion("reserved", details={"reservations": many})
    walk.answer_reservations()
    chair = network.staff("committee_chair", None, at=walk.now)
    browser.get(chair, page_of(walk))
    with django_assert_max_num_queries(45):
        browser.client.get(f"/demandes/{page_of(walk)}")


def _text(browser, person, walk) -> str:
    return browser.get(person, walk.case.number).content.decode()
