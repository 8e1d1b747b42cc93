"""Voting on screen: member by member, from afar, secret; the ties that the portal found."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.domain import committees
from governance.domain.affiliations import declare_service
from governance.models import Conflict, Participation, Session, Vote
from projects.demonstration import network
from projects.models import Result

WHY = "Nous nous sommes croisés une fois, sans travailler ensemble depuis."


@pytest.fixture
def item(walk):
    """On the agenda of a session of today, not open yet."""
    walk.until("committee")
    item = walk.case.items.select_related("session__body").get()
    now = timezone.now()
    Session.objects.filter(pk=item.session_id).update(
        starts_at=now, closes_for_deposit_at=now - timedelta(days=10)
    )
    item.session.refresh_from_db()
    return item


@pytest.fixture
def secretary(item):
    return network.hire("committee_secretary", None, at=timezone.now())


@pytest.fixture
def seats(item):
    return list(item.session.body.mandates.select_related("person").order_by("pk"))


@pytest.fixture
def opened(item, seats):
    """Opens the session; everybody is there and, unless said, has declared no interest."""

    def act(*, declared=True):
        now = timezone.now()
        committees.open_session(item.session, at=now)
        item.session.refresh_from_db()
        item.refresh_from_db()
        for seat in seats:
            committees.attend(item.session, seat, at=now)
            if declared:
                committees.declare_interest(item, seat, "none", at=now)

    return act


def at(name, item, *more):
    return reverse(f"projects:{name}", args=[item.session_id, item.pk, *more])


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def primary(html: str) -> int:
    return html.split("<main", 1)[1].count("button primary")


def told(browser, who, address, data) -> str:
    return text(browser.signed_in(who).post(address, data, follow=True))


def test_an_open_vote_is_read_member_by_member_and_closed(item, opened, seats, secretary, browser):
    opened()
    for seat in seats[:4]:
        told(browser, seat.person, at("item_vote", item), {"choice": "favourable"})
    html = told(browser, seats[4].person, at("item_vote", item), {"choice": "unfavourable"})
    assert "Votre vote est enregistré." in html
    assert "Membre par membre" in html and "Défavorable" in html
    assert "a pas encore voté" in html
    officer = network.hire("case_officer", None, at=timezone.now())
    assert "Membre par membre" in text(browser.get(officer, at("item", item)))
    assert browser.post(seats[3].person, at("vote_close", item)).status_code == 404
    assert "Vote clos" in told(browser, secretary, at("vote_close", item), {})
    html = told(browser, seats[0].person, at("item_vote", item), {"choice": "unfavourable"})
    assert "Le vote est clos" in html
    assert Vote.objects.get(item=item, mandate=seats[0]).choice == "favourable"


def test_a_secret_vote_shows_nobodys_choice_on_any_page(item, opened, seats, secretary, browser):
    chair = next(seat.person for seat in seats if seat.chair)
    item.session.body.secret_votes = True
    item.session.body.save()
    opened()
    voting = text(browser.get(seats[2].person, at("item", item)))
    assert "Ce vote est secret" in voting and primary(voting) == 1
    for seat in seats:
        html = told(browser, seat.person, at("item_vote", item), {"choice": "unfavourable"})
        assert "Votre bulletin est déposé." in html
    for reader in (secretary, chair, seats[2].person):
        html = text(browser.get(reader, at("item", item)))
        assert "Défavorable" not in html and "a voté" in html
        assert 'name="choice"' not in html
    again = told(browser, seats[2].person, at("item_vote", item), {"choice": "favourable"})
    assert "Vous avez déjà voté" in again
    assert primary(text(browser.get(secretary, at("item", item)))) == 1
    html = told(browser, secretary, at("vote_close", item), {})
    assert "Défavorable" in html
    assert html.count("Défavorable") == 1


def test_one_item_is_voted_in_secret_when_the_chair_says_so(item, opened, seats, browser):
    chair = next(seat.person for seat in seats if seat.chair)
    opened()
    assert browser.post(
        seats[3].person, at("vote_secret", item), {"act": "secret"}
    ).status_code in ((302,) if seats[3].chair else (404,))
    html = told(browser, chair, at("vote_secret", item), {"act": "secret"})
    assert "Le vote sera secret." in html
    item.refresh_from_db()
    assert item.secret
    told(browser, seats[2].person, at("item_vote", item), {"choice": "favourable"})
    html = told(browser, chair, at("vote_secret", item), {"act": "open"})
    assert "Le vote a commencé" in html


def test_enough_members_who_have_yet_to_declare_are_not_said_too_few(item, opened, seats, browser):
    opened(declared=False)
    html = text(browser.get(seats[2].person, at("item", item)))
    assert "Liens à déclarer" in html and "Pas atteint" not in html
    for seat in seats:
        html = told(browser, seat.person, at("item_declare", item), {"ground": "none"})
        assert "Votre déclaration est enregistrée." in html
    assert "Liens à déclarer" not in html and "Atteint" in html


def test_a_member_from_afar_is_noted_so(item, opened, seats, secretary, browser):
    opened()
    address = reverse("projects:session_attend", args=[item.session_id, seats[1].pk])
    assert "À distance" in told(browser, secretary, address, {"act": "afar"})
    assert item.session.attendances.get(mandate=seats[1]).remote
    item.session.body.remote_counts = False
    item.session.body.save()
    html = told(browser, seats[1].person, at("item_vote", item), {"choice": "favourable"})
    assert "ne comptent que les présents" in html
    assert "À distance, sans compter" in html
    assert not item.votes.exists()


def test_a_member_of_the_team_leaves_whatever_they_say(walk, item, opened, seats, browser):
    Participation.objects.create(
        case=walk.case, person=seats[3].person, part="member", since=walk.now
    )
    opened(declared=False)
    assert item.declarations.get().ground == "team"
    conflict = Conflict.objects.get(case=walk.case)
    assert (conflict.person, conflict.declared_by) == (seats[3].person, None)
    html = told(browser, seats[3].person, at("item_declare", item), {"ground": "none"})
    assert "Vous êtes de l&#x27;équipe de ce dossier" in html
    assert "Vous sortez pour ce point" in html


def test_a_tie_that_the_portal_found_is_confirmed_or_explained(
    walk, item, opened, seats, secretary, browser
):
    member, holder, other = seats[3].person, walk.holder, seats[4].person
    Result.objects.create(
        request=walk.case.request,
        kind="publication",
        title="Statines et âge",
        authors=f"{holder.last_name} {holder.first_name[0]}., {member}",
        added_at=walk.now,
        added_by=holder,
    )
    for someone in (holder, other):
        declare_service(
            person=someone, establishment=walk.case.lead, service="Cardiologie", at=walk.now
        )
    opened(declared=False)
    html = text(browser.get(member, at("item", item)))
    assert "Signe avec l&#x27;équipe, sous ce nom : « Statines et âge »" in html
    html = told(browser, member, at("item_declare", item), {"ground": "none"})
    assert "Le portail a trouvé un lien" in html
    assert not item.declarations.exists()
    html = text(browser.get(secretary, at("item", item)))
    assert "Liens trouvés par le portail" in html and "N’a pas répondu" in html
    assert "Exerce dans le même service que le porteur : Cardiologie" in html
    told(browser, member, at("item_declare", item), {"ground": "none", "explanation": WHY})
    declaration = item.declarations.get()
    assert (declaration.found, declaration.explanation) == (["co_signatory"], WHY)
    told(browser, other, at("item_declare", item), {"ground": "service"})
    html = text(browser.get(secretary, at("item", item)))
    assert WHY in html and "Sort pour ce point" in html
    assert WHY not in text(browser.get(seats[1].person, at("item", item)))


def test_a_member_without_ties_is_asked_for_no_explanation(item, opened, seats, browser):
    opened(declared=False)
    html = text(browser.get(seats[1].person, at("item", item)))
    assert "Ce que le portail a trouvé" not in html and 'name="explanation"' not in html
    assert primary(html) == 1


ACTS = ("item_vote", "vote_close", "vote_secret", "item_declare")


def test_who_may_do_what_of_a_vote(walk, item, opened, seats, secretary, browser):
    chair = next(seat.person for seat in seats if seat.chair)
    member = next(seat.person for seat in seats if not seat.chair)
    opened()
    now = timezone.now()
    reads = {
        chair: {"item_vote", "vote_close", "vote_secret", "item_declare"},
        secretary: {"item_vote", "vote_close", "vote_secret"},
        member: {"item_vote", "item_declare"},
        network.hire("case_officer", None, at=now): {"item_vote"},
        network.hire("network_coordinator", None, at=now): {"item_vote"},
    }
    outside = [
        walk.holder,
        network.hire("delegate", None, at=now),
        network.hire("dpo", None, at=now),
        network.hire("administrator", None, at=now),
        network.hire("data_engineer", None, at=now),
    ]
    said = {"choice": "favourable", "act": "open", "ground": "none"}
    for person, known in [*reads.items(), *((each, set()) for each in outside)]:
        for name in ACTS:
            answer = browser.post(person, at(name, item), said)
            assert answer.status_code == (302 if name in known else 404), (person.email, name)
    # The chair, first of the list, closed the vote after their own voice: nobody's came after it.
    assert [vote.mandate.person for vote in item.votes.all()] == [chair]
