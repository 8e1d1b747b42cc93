"""The committee's pages: who reads what, the course of a session, wrong answers said in words."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.domain import committees
from governance.models import Body, Session
from projects.demonstration import network

REASONS = "Question, méthode, puissance et faisabilité examinées en séance avec soin."


@pytest.fixture
def before(walk):
    walk.until("committee")
    return walk


@pytest.fixture
def item(before):
    """On the agenda of a session that opens now."""
    item = before.case.items.select_related("session__body").get()
    now = timezone.now()
    Session.objects.filter(pk=item.session_id).update(
        starts_at=now, closes_for_deposit_at=now - timedelta(days=10)
    )
    item.session.refresh_from_db()
    return item


@pytest.fixture
def secretary(before):
    return network.hire("committee_secretary", None, at=before.now)


@pytest.fixture
def seats(item):
    return list(item.session.body.mandates.select_related("person").order_by("pk"))


def at(name, item, *more):
    return reverse(f"projects:{name}", args=[item.session_id, item.pk, *more])


def session_page(name, session, *more):
    return reverse(f"projects:{name}", args=[session.pk, *more])


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_whole_session_from_its_opening_to_the_signature(before, item, secretary, seats, browser):
    session, chair = item.session, next(m for m in seats if m.chair)
    browser.post(secretary, session_page("session_open", session))
    for seat in seats:
        browser.post(secretary, session_page("session_attend", session, seat.pk), {"act": "come"})
    page = text(browser.get(secretary, session_page("session", session)))
    assert "Présents : 8" in page
    following = f"Point suivant : {before.case.number}"
    assert following in page
    assert following in text(browser.get(chair.person, session_page("session", session)))
    for seat in seats:
        browser.post(seat.person, at("item_declare", item), {"ground": "none"})
    for clause in ("U-15", "U-16"):
        browser.post(
            seats[1].person,
            at("item_finding", item, clause),
            {"clause": clause, "finding": "sound", "reasons": REASONS},
        )
    for seat in seats:
        browser.post(seat.person, at("item_vote", item), {"choice": "reserved"})
    page = text(browser.get(chair.person, at("item", item)))
    assert "Rendre l’avis" in page
    assert "Favorable avec réserves" in page
    opinion = at("item_opinion", item)
    wrong = browser.post(chair.person, opinion, {"outcome": "reserved", "reservation_1": ""})
    assert "Écrivez les réserves à lever." in text(wrong)
    browser.post(
        chair.person, opinion, {"outcome": "reserved", "reservation_1": "Préciser les exclusions."}
    )
    before.case.refresh_from_db()
    assert before.case.state == "preparation"
    assert "L’avis est rendu" in text(browser.get(secretary, at("item", item)))
    assert browser.get(chair.person, opinion).status_code == 404
    page = text(browser.get(secretary, session_page("session", session)))
    assert "Clore la séance" in page
    assert "Point suivant" not in page


def test_a_member_in_conflict_reads_the_dossier_and_no_vote(
    before, item, secretary, seats, browser
):
    now = timezone.now()
    committees.open_session(item.session, at=now)
    item.session.refresh_from_db()
    for seat in seats[:3]:
        committees.attend(item.session, seat, at=now)
        committees.declare_interest(item, seat, "none", at=now)
        committees.vote(item, seat, "unfavourable", at=now)
    member = seats[3]
    committees.attend(item.session, member, at=now)
    browser.post(member.person, at("item_declare", item), {"ground": "service"})
    page = text(browser.get(member.person, at("item", item)))
    assert "Vous sortez pour ce point" in page
    assert "Défavorable" not in page
    assert "Défavorable" in text(browser.get(seats[0].person, at("item", item)))
    answer = browser.signed_in(member.person).post(
        at("item_vote", item), {"choice": "favourable"}, follow=True
    )
    assert "cette personne sort pour ce point" in answer.content.decode()
    assert item.votes.count() == 3
    assert browser.get(member.person, at("item_finding", item, "U-15")).status_code == 404


def test_a_session_without_quorum_says_so_and_its_items_go_on(
    before, item, secretary, seats, browser
):
    session = item.session
    browser.post(secretary, session_page("session_open", session))
    browser.post(secretary, session_page("session_attend", session, seats[0].pk), {"act": "come"})
    page = text(browser.get(secretary, session_page("session", session)))
    assert "La séance n’a pas le quorum" in page
    assert "Il manque 3 membres" in page
    day = timezone.now() + timedelta(days=30)
    browser.post(
        secretary,
        reverse("projects:session_new"),
        {
            "body": session.body_id,
            "day": day.date().isoformat(),
            "hour": "14:00",
            "closes_on": (day - timedelta(days=10)).date().isoformat(),
            "place": "Salle Bretagne",
        },
    )
    following = Session.objects.get(place="Salle Bretagne")
    close = session_page("session_close", session)
    assert "passe à la séance suivante" in text(browser.get(secretary, close))
    browser.post(secretary, close)
    assert [i.case for i in following.items.all()] == [before.case]


def test_members_read_the_dossiers_of_their_sessions_and_no_other(before, item, seats, browser):
    member = seats[2].person
    assert browser.get(member, before.case.number).status_code == 200
    outsider = network.hire("committee_member", None, at=before.now)
    assert browser.get(outsider, before.case.number).status_code == 404
    assert browser.get(outsider, at("item", item)).status_code == 404
    committees.remove_item(
        item, by=network.hire("committee_secretary", None, at=before.now), at=before.now
    )
    assert browser.get(member, before.case.number).status_code == 404


def test_pages_that_compose_are_the_secretarys_alone(before, item, secretary, seats, browser):
    session = item.session
    others = [
        seats[0].person,
        seats[2].person,
        before.holder,
        before.staff("case_officer"),
        before.staff("delegate"),
        network.person("Yann Kerbrat", at=before.now),
    ]
    pages = [
        session_page("session_open", session),
        session_page("session_close", session),
        session_page("session_add", session),
        session_page("session_attend", session, seats[0].pk),
        at("item_arrange", item),
        at("item_rapporteur", item),
        reverse("projects:session_new"),
        reverse("projects:chair_alone", args=[session.body_id]),
    ]
    for other in others:
        for page in pages:
            assert browser.post(other, page).status_code == 404
    for stranger in (others[2], others[5]):
        assert browser.get(stranger, "/seances").status_code == 404
        assert browser.get(stranger, session_page("session", session)).status_code == 404
    session.refresh_from_db()
    assert session.opened_at is None


def test_a_case_officer_reads_the_agenda_and_votes_nothing(before, item, browser):
    officer = before.staff("case_officer")
    assert before.case.number in text(browser.get(officer, session_page("session", item.session)))
    told = browser.signed_in(officer).post(
        at("item_vote", item), {"choice": "favourable"}, follow=True
    )
    assert "ne siège pas à ce comité" in text(told)
    assert not item.votes.exists()
    assert browser.post(officer, at("item_declare", item), {"ground": "none"}).status_code == 404
    assert browser.get(officer, at("item_opinion", item)).status_code == 404


@pytest.mark.parametrize("junk", [{}, {"choice": "peut-être"}, {"choice": "\x00"}])
def test_a_vote_that_is_none_changes_nothing(before, item, seats, browser, junk):
    now = timezone.now()
    committees.open_session(item.session, at=now)
    item.session.refresh_from_db()
    committees.attend(item.session, seats[0], at=now)
    committees.declare_interest(item, seats[0], "none", at=now)
    browser.post(seats[0].person, at("item_vote", item), junk)
    assert not item.votes.exists()


def test_a_rapporteur_is_named_and_the_agenda_arranged(before, item, secretary, seats, browser):
    browser.post(secretary, at("item_rapporteur", item), {"rapporteur": seats[2].person.pk})
    item.refresh_from_db()
    assert item.rapporteur == seats[2].person
    browser.post(secretary, at("item_arrange", item), {"act": "remove"})
    assert not item.session.items.exists()
    page = text(browser.get(secretary, session_page("session", item.session)))
    assert "En attente d’une séance" in page
    browser.post(
        secretary, session_page("session_add", item.session), {"case": str(before.case.pk)}
    )
    assert item.session.items.count() == 1


def test_the_standing_delegation_is_recorded_with_its_act(before, item, secretary, browser):
    page = reverse("projects:chair_alone", args=[item.session.body_id])
    upside_down = {"since": "2026-05-01", "until": "2026-01-01", "act": "D-1"}
    assert "La fin doit être après le début" in text(browser.post(secretary, page, upside_down))
    browser.post(secretary, page, {"since": "2026-01-01", "until": "2027-01-01", "act": "D-7"})
    assert Body.objects.get().chair_alone_act == "D-7"


def test_a_calendar_takes_the_session(item, secretary, browser):
    answer = browser.get(secretary, session_page("session_calendar", item.session))
    assert answer["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in answer.content


def test_the_lists_cost_the_same_whatever_their_length(
    before, item, secretary, browser, django_assert_max_num_queries
):
    client = browser.signed_in(secretary)
    client.get("/seances")
    with django_assert_max_num_queries(18):
        client.get("/seances")
    with django_assert_max_num_queries(30):
        client.get(session_page("session", item.session))
