"""The page of a session's minutes: who reads which version, one next step each, junk refused."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.domain import committees
from governance.domain import minutes as domain
from governance.models import Minutes, Session
from projects.demonstration import network
from projects.documents.minutes import make
from projects.queries.session_account import account_of

HOUR = timedelta(hours=1)


@pytest.fixture
def session(walk):
    """A session that was held this morning, and gave its opinion."""
    walk.until("committee")
    item = walk.case.items.get()
    now = timezone.now()
    walk.now = now - 4 * HOUR
    Session.objects.filter(pk=item.session_id).update(
        starts_at=now - 3 * HOUR, closes_for_deposit_at=now - timedelta(days=10)
    )
    walk.give_opinion("favourable")
    found = Session.objects.select_related("body").get(pk=item.session_id)
    committees.close_session(found, at=now - HOUR)
    found.refresh_from_db()
    return found


@pytest.fixture
def secretary(session, walk):
    return network.hire("committee_secretary", None, at=timezone.now() - 5 * HOUR)


@pytest.fixture
def seats(session):
    return list(session.body.mandates.select_related("person").order_by("pk"))


@pytest.fixture
def chair(seats):
    return next(seat.person for seat in seats if seat.chair)


@pytest.fixture
def member(seats):
    return next(seat.person for seat in seats if not seat.chair)


def page(name, session, *more):
    return reverse(f"projects:{name}", args=[session.pk, *more])


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def submitted(session, secretary) -> Minutes:
    return domain.submit(session, account_of(session), by=secretary, at=timezone.now())


def approved(session, secretary, chair) -> Minutes:
    minutes = submitted(session, secretary)
    domain.approve(minutes, by=chair, at=timezone.now())
    return minutes


def test_from_the_draft_to_the_paper(session, secretary, chair, browser, walk):
    draft = text(browser.get(secretary, page("minutes", session)))
    assert "Brouillon" in draft
    assert "Soumettre au président" in draft
    assert walk.case.number in draft
    assert draft.count('class="button primary"') == 1
    browser.post(
        secretary, page("minutes_remarks", session), {"remark_general": "Séance <b>calme</b>."}
    )
    browser.post(secretary, page("minutes_submit", session))
    waiting = text(browser.get(chair, page("minutes", session)))
    assert "Séance &lt;b&gt;calme&lt;/b&gt;." in waiting
    assert waiting.count('class="button primary"') == 1
    assert "Approuver ce compte rendu ?" in text(
        browser.get(chair, page("minutes_approve", session))
    )
    browser.post(chair, page("minutes_approve", session))
    minutes = Minutes.objects.get()
    assert minutes.approved_by == chair
    assert "Son PDF se prépare" in text(browser.get(chair, page("minutes", session)))
    make({"minutes": minutes.pk})
    assert "Lire le PDF" in text(browser.get(chair, page("minutes", session)))
    answer = browser.get(chair, page("minutes_paper", session, 1))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_the_session_and_my_work_lead_to_the_minutes(session, secretary, chair, browser):
    assert "Terminer le compte rendu" in text(browser.get(secretary, page("session", session)))
    assert page("minutes", session) in text(browser.get(secretary, "/travail"))
    assert page("minutes", session) not in text(browser.get(chair, "/travail"))
    submitted(session, secretary)
    assert page("minutes", session) not in text(browser.get(secretary, "/travail"))
    assert "à approuver" in text(browser.get(chair, "/travail"))


def test_who_reads_which_version(session, secretary, chair, member, walk, browser):
    minutes = page("minutes", session)
    officer, stranger = walk.staff("case_officer"), network.person("Yann Kerbrat", at=walk.now)

    def readers():
        people = {
            "secretary": secretary,
            "chair": chair,
            "member": member,
            "officer": officer,
            "stranger": stranger,
            "holder": walk.holder,
        }
        return {
            name for name, who in people.items() if browser.get(who, minutes).status_code == 200
        }

    assert readers() == {"secretary", "chair"}
    found = submitted(session, secretary)
    assert readers() == {"secretary", "chair", "member"}
    domain.approve(found, by=chair, at=timezone.now())
    assert readers() == {"secretary", "chair", "member", "officer"}
    domain.correct(session, "Un oubli.", by=secretary, at=timezone.now())
    assert "Approuvé" in text(browser.get(officer, minutes))
    assert "Brouillon" in text(browser.get(secretary, minutes))


def test_who_left_for_an_item_reads_the_page_without_its_votes_and_no_paper(
    session, secretary, chair, member, walk, browser
):
    minutes = approved(session, secretary, chair)
    make({"minutes": minutes.pk})
    walk.case.conflicts.create(person=member, ground="service", declared_at=walk.now)
    shown = text(browser.get(member, page("minutes", session)))
    assert "les votes ne vous sont pas montrés" in shown
    assert "Lire le PDF" not in shown
    assert browser.get(member, page("minutes_paper", session, 1)).status_code == 404


def test_acts_are_of_those_whose_turn_it_is(session, secretary, chair, member, walk, browser):
    acts = [
        "minutes_remarks",
        "minutes_submit",
        "minutes_approve",
        "minutes_approve_in_session",
        "minutes_send_back",
        "minutes_correct",
    ]
    of = {
        "draft": {secretary: {"minutes_remarks"}, chair: set()},
        "submitted": {
            secretary: {"minutes_approve_in_session"},
            chair: {"minutes_approve", "minutes_send_back"},
        },
        "approved": {secretary: {"minutes_correct"}, chair: set()},
    }
    for state, allowed in of.items():
        if state == "submitted":
            submitted(session, secretary)
        if state == "approved":
            domain.approve(Minutes.objects.get(), by=chair, at=timezone.now())
        for person in (secretary, chair, member, walk.staff("case_officer"), walk.holder):
            open_to = {
                act for act in acts if browser.get(person, page(act, session)).status_code == 200
            }
            assert open_to == allowed.get(person, set()), (state, person)


def test_junk_changes_nothing(session, secretary, chair, browser):
    too_long = {"remark_general": "x" * 5001}
    assert "5000" in text(browser.post(secretary, page("minutes_remarks", session), too_long))
    assert not Minutes.objects.exists()
    submitted(session, secretary)
    assert "obligatoire" in text(
        browser.post(chair, page("minutes_send_back", session), {"reason": " "})
    )
    for junk in ({}, {"session": "abc"}, {"session": session.pk}):
        answer = browser.post(secretary, page("minutes_approve_in_session", session), junk)
        assert answer.status_code == 200
    assert Minutes.objects.get().state == "submitted"


def test_a_session_that_lasts_has_no_minutes(walk, browser):
    walk.until("committee")
    session = walk.case.items.get().session
    secretary = network.hire("committee_secretary", None, at=walk.now)
    assert browser.get(secretary, page("minutes", session)).status_code == 404
    assert browser.post(secretary, page("minutes_submit", session)).status_code == 404
