"""What is said on a request: who writes, who reads, what stays apart."""

import pytest

from projects.models import Message


def texts(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def deposited(walk):
    walk.submit()
    return walk


def test_the_team_and_the_cdc_write_to_each_other(deposited, browser):
    ref, officer = deposited.case.number, deposited.staff("case_officer")
    sent = browser.post(officer, f"{ref}/echanges", {"text": "Quel âge ?", "question": "on"})
    assert sent.status_code == 302
    page = texts(browser.get(deposited.holder, f"{ref}/echanges"))
    assert "Quel âge ?" in page
    assert "Question sans réponse" in page
    browser.post(deposited.holder, f"{ref}/echanges", {"text": "Plus de 75 ans."})
    assert "Question sans réponse" not in texts(browser.get(officer, f"{ref}/echanges"))


def test_internal_notes_are_the_cdcs_alone(deposited, browser):
    ref, officer = deposited.case.number, deposited.staff("case_officer")
    browser.post(officer, f"{ref}/echanges/notes", {"text": "Revoir avec le DPO."})
    assert Message.objects.get().internal
    assert "Revoir avec le DPO." in texts(browser.get(officer, f"{ref}/echanges/notes"))
    assert "CRPA L.311-1" in texts(browser.get(officer, f"{ref}/echanges/notes"))
    assert "Revoir" not in texts(browser.get(officer, f"{ref}/echanges"))
    assert "Revoir" not in texts(browser.get(deposited.holder, f"{ref}/echanges"))
    assert browser.get(deposited.holder, f"{ref}/echanges/notes").status_code == 404
    assert browser.post(deposited.holder, f"{ref}/echanges/notes", {"text": "x"}).status_code == 404


def test_who_only_reads_finds_no_form_and_cannot_write(deposited, browser):
    ref = deposited.case.number
    member = deposited.staff("committee_member")
    assert "<textarea" not in texts(browser.get(member, f"{ref}/echanges"))
    browser.post(member, f"{ref}/echanges", {"text": "Bonjour"})
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", ["", "   ", "a\x00b", "é" * 5001])
def test_a_message_that_cannot_be_sent_is_given_back_with_what_is_wrong(deposited, browser, text):
    answer = browser.post(deposited.holder, f"{deposited.case.number}/echanges", {"text": text})
    assert answer.status_code == 200
    assert "error-summary" in texts(answer)
    assert not Message.objects.exists()


def test_what_is_written_is_never_interpreted(deposited, browser):
    ref = deposited.case.number
    browser.post(deposited.holder, f"{ref}/echanges", {"text": "<script>alert(1)</script>"})
    assert "<script>alert" not in texts(browser.get(deposited.holder, f"{ref}/echanges"))


def test_decisions_say_who_in_what_quality_on_what_with_their_leaf(walk, browser):
    walk.until("authorised")
    page = texts(browser.get(walk.holder, f"{walk.case.number}/decisions"))
    assert "Autorisée" in page
    assert str(walk.staff("delegate")) in page
    assert "sous la délégation de signature DEMO-CHU-RENNES" in page
    decisions = walk.case.decisions.all()
    assert all(f"/ledger/feuille/{d.attestation.leaf_index}" in page for d in decisions)


def test_the_pages_of_a_long_story_ask_no_more_queries(
    walk, browser, django_assert_max_num_queries
):
    for state in ("preparation", "authorised"):
        walk.until(state)
        page = browser.signed_in(walk.holder)
        page.get(f"/demandes/{walk.case.number}/decisions")
        with django_assert_max_num_queries(25):
            page.get(f"/demandes/{walk.case.number}/decisions")
