"""Before a session: members answer and read their papers, the secretary calls and moves it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from governance.domain import convocations, session_documents, session_feeds
from governance.models import AccessLog, Session
from projects.demonstration import network
from projects.views import session_feeds as feeds

DAY = timedelta(days=1)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def session(walk):
    """A session in ten days."""
    walk.until("committee")
    now = timezone.now()
    found = walk.case.items.get().session
    Session.objects.filter(pk=found.pk).update(
        starts_at=now + 10 * DAY, closes_for_deposit_at=now + DAY
    )
    return Session.objects.select_related("body").get(pk=found.pk)


@pytest.fixture
def secretary(session, walk):
    return network.hire("committee_secretary", None, at=walk.now)


@pytest.fixture
def seats(session):
    return list(session.body.mandates.select_related("person").order_by("pk"))


def page(name, session, *more):
    return reverse(f"projects:{name}", args=[session.pk, *more])


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def upload(content=PDF):
    return SimpleUploadedFile("note.pdf", content, content_type="application/pdf")


def test_the_secretary_calls_and_the_member_answers(session, secretary, seats, browser):
    here = page("session", session)
    assert "Convoquer maintenant" in text(browser.get(secretary, here))
    browser.post(secretary, page("session_call", session))
    called = text(browser.get(secretary, here))
    assert "Sans réponse : 8" in called
    assert "Convoquer maintenant" not in called
    member = seats[2].person
    assert "Dire si je viens" in text(browser.get(member, here))
    answer = page("session_answer", session)
    assert "Ordre du jour" in text(browser.get(member, answer))
    assert browser.post(member, answer, {"answer": "remote"}).status_code == 302
    assert session.convocations.get(mandate=seats[2]).answer == "remote"
    told = text(browser.get(secretary, here))
    assert "Viennent : 1" in told
    assert "Il manque encore 3 membres au quorum." in told


@pytest.mark.parametrize("junk", [{}, {"answer": "peut-être"}, {"answer": "\x00"}])
def test_an_answer_that_is_none_changes_nothing(session, secretary, seats, browser, junk):
    convocations.call_now(session, by=secretary, at=timezone.now())
    assert browser.post(seats[0].person, page("session_answer", session), junk).status_code == 200
    assert not session.convocations.exclude(answer="").exists()


def test_who_comes_is_not_told_to_those_who_only_read(session, secretary, walk, browser):
    convocations.call_now(session, by=secretary, at=timezone.now())
    shown = text(browser.get(walk.staff("case_officer"), page("session", session)))
    assert "Viennent :" not in shown
    assert "Sans réponse" not in shown


def test_a_session_is_moved_by_its_secretary_alone(session, secretary, seats, walk, browser):
    day = (timezone.now() + 20 * DAY).date()
    said = {
        "day": day.isoformat(),
        "hour": "10:00",
        "closes_on": (day - DAY).isoformat(),
        "place": "Ici",
    }
    move = page("session_move", session)
    for other in (seats[0].person, walk.staff("case_officer"), walk.holder):
        assert browser.post(other, move, said).status_code == 404
        assert browser.post(other, page("session_call", session)).status_code == 404
    assert "Une séance se convoque pour un jour à venir" in text(
        browser.post(secretary, move, said | {"day": "2020-01-01", "closes_on": "2020-01-01"})
    )
    assert browser.post(secretary, move, said).status_code == 302
    session.refresh_from_db()
    assert (session.place, session.moves) == ("Ici", 1)
    same = browser.signed_in(secretary).post(move, said, follow=True)
    assert "Rien n&#x27;est changé." in text(same)
    earlier = said | {"closes_on": (day - 2 * DAY).isoformat()}
    page_after = text(browser.signed_in(secretary).post(move, earlier, follow=True))
    assert "La séance est changée." in page_after and "prévenus" not in page_after
    session.refresh_from_db()
    assert session.moves == 1


def test_a_paper_is_given_read_and_withdrawn(session, secretary, seats, walk, browser):
    new = page("session_document_new", session)
    item = session.items.get()
    wrong = {"title": "Note", "item": "", "file": upload(b"MZ\x90\x00 rien")}
    assert "Seuls les fichiers PDF" in text(browser.post(secretary, new, wrong))
    assert browser.post(secretary, new, {"title": "Note", "item": "999"}).status_code == 200
    browser.post(secretary, new, {"title": "Note", "item": item.pk, "file": upload()})
    found = session.documents.get()
    member, gone = seats[1].person, seats[2].person
    assert "Note" in text(browser.get(member, page("session", session)))
    address = page("session_document", session, found.pk)
    answer = browser.get(member, address)
    assert (answer.status_code, answer.content) == (200, PDF)
    assert "attachment" in answer["Content-Disposition"]
    assert AccessLog.objects.filter(subject_type="session_document", by=member).count() == 1
    walk.case.conflicts.create(person=gone, ground="team", declared_at=walk.now)
    for other in (gone, walk.staff("case_officer"), walk.holder):
        assert browser.get(other, address).status_code == 404
    withdraw = page("session_document_withdraw", session, found.pk)
    assert browser.post(member, withdraw).status_code == 404
    assert "Retirer « Note » ?" in text(browser.get(secretary, withdraw))
    browser.post(secretary, withdraw)
    assert browser.get(member, address).status_code == 404
    assert not session_documents.standing(session).exists()


def test_a_calendar_is_made_read_without_signing_in_and_stopped(session, seats, browser, client):
    member = seats[0].person
    made = browser.post(member, "/seances/agenda")
    assert made["Cache-Control"] == "no-store"
    address = made.context["address"]
    assert address in text(made)
    assert address not in text(browser.get(member, "/seances/agenda"))
    client.logout()
    answer = client.get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["dtstart"].dt == session.starts_at.replace(microsecond=0)
    browser.post(member, "/seances/agenda/retirer")
    client.logout()
    assert client.get(address).status_code == 404


def test_a_calendar_is_of_nobody_else(session, seats, walk, browser, client, monkeypatch):
    assert browser.get(walk.holder, "/seances/agenda").status_code == 404
    session_feeds.make_feed(seats[0].person, at=walk.now)
    client.logout()
    for guess in ("a", "0" * 500, "%00"):
        assert client.get(f"/seances/agenda/{guess}.ics").status_code == 404
    assert client.get("/seances/agenda").status_code == 302
    monkeypatch.setattr(feeds, "READ_AN_HOUR", 0)
    answer = client.get("/seances/agenda/x.ics")
    assert answer.status_code == 429
    assert "Retry-After" in answer


def test_a_members_page_of_sessions_leads_to_the_calendar(session, seats, walk, browser):
    assert "Suivre dans mon agenda" in text(browser.get(seats[0].person, "/seances"))
    assert "Suivre dans mon agenda" not in text(browser.get(walk.staff("case_officer"), "/seances"))
