"""Pages of committees and juries: who reads them, who changes what, wrong answers said in words."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.charters.facts import today
from governance.models import Body, Mandate
from projects.demonstration import network
from tests.people import person

RULES = {"quorum": "5", "required_seats": ["law"], "secret_votes": "on", "act": "D-9"}


@pytest.fixture
def body(establishments):
    return network.seat_committee(at=timezone.now())


@pytest.fixture
def secretary(body):
    return person("committee_secretary")


@pytest.fixture
def administrator(body):
    return person("administrator")


def page(name, *args):
    return reverse(f"projects:{name}", args=args)


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def primary(html: str) -> int:
    return html.split("<main", 1)[1].count("button primary")


PAGES = ("bodies", "body", "body_rules", "mandate_new", "body_new")


@pytest.mark.parametrize(
    ("role", "read"),
    [
        ("committee_secretary", {"bodies", "body", "body_rules"}),
        ("administrator", {"bodies", "body", "mandate_new", "body_new"}),
        ("committee_chair", {"bodies", "body"}),
        ("committee_member", {"bodies", "body"}),
        ("case_officer", {"bodies", "body"}),
        ("rapporteur", {"bodies", "body"}),
        ("network_coordinator", {"bodies", "body"}),
        ("delegate", set()),
        ("dpo", set()),
        ("researcher", set()),
    ],
)
def test_who_reads_which_page(body, browser, role, read):
    someone = person(role)
    for name in PAGES:
        args = () if name in ("bodies", "body_new") else (body.pk,)
        found = browser.get(someone, page(name, *args)).status_code
        assert found == (200 if name in read else 404), name


def test_a_body_shows_its_rules_and_its_members(body, browser, secretary, administrator):
    for reader in (secretary, administrator):
        html = text(browser.get(reader, page("body", body.pk)))
        assert "4 membres pour chaque point" in html
        assert "Représentant des patients" in html
        assert "président" in html
        assert primary(html) == 1
    assert "Mettre fin" not in text(browser.get(secretary, page("body", body.pk)))


def test_a_body_takes_as_many_queries_for_many_members(
    body, browser, administrator, django_assert_max_num_queries
):
    signed_in = browser.signed_in(administrator)
    with django_assert_max_num_queries(15):
        signed_in.get(page("body", body.pk))


def test_the_secretary_copies_the_rules(body, browser, secretary):
    html = text(browser.post(secretary, page("body_rules", body.pk), RULES | {"quorum": "1"}))
    assert "supérieure ou égale à 2" in html
    browser.post(secretary, page("body_rules", body.pk), RULES)
    body.refresh_from_db()
    assert (body.quorum, body.secret_votes, body.remote_counts) == (5, True, False)
    assert "Toujours secrets" in text(browser.get(secretary, page("body", body.pk)))


def test_a_member_is_named_then_their_mandate_ended(body, browser, administrator):
    day, jurist = today(timezone.now()), person(email="droit@hopital.example")
    said = {"person": jurist.email, "seat": "law", "since": day.isoformat(), "act": "N-4"}
    address = page("mandate_new", body.pk)
    unknown = browser.post(administrator, address, said | {"person": "nul@hopital.example"})
    assert "Aucun compte n&#x27;a cette adresse." in text(unknown)
    himself = browser.post(administrator, address, said | {"person": administrator.email})
    assert "Nul ne se nomme soi-même." in text(himself)
    second = browser.post(administrator, address, said | {"chair": "on"})
    assert "Un président est déjà nommé" in text(second)
    assert not jurist.mandates.exists()
    browser.post(administrator, address, said)
    mandate = jurist.mandates.get()
    end = page("mandate_end", body.pk, mandate.pk)
    past = {"last_day": (day - timedelta(days=1)).isoformat()}
    assert "Les jours passés ne changent pas." in text(browser.post(administrator, end, past))
    browser.post(administrator, end, {"last_day": day.isoformat()})
    mandate.refresh_from_db()
    assert mandate.until == day


def test_a_seat_that_the_rules_ask_for_and_nobody_holds_is_said(body, browser, secretary):
    Mandate.objects.filter(body=body, seat="patients").update(
        since=today(timezone.now()) - timedelta(days=9),
        until=today(timezone.now()) - timedelta(days=1),
    )
    html = text(browser.get(secretary, page("body", body.pk)))
    assert "Des sièges sont à pourvoir" in html
    assert "Anciens membres" in html


def test_a_jury_is_founded_for_its_call(body, browser, administrator):
    said = {"kind": "jury", "name": "Jury de l'appel 2027", "call": ""}
    assert "Nommez l&#x27;appel" in text(browser.post(administrator, page("body_new"), said))
    browser.post(administrator, page("body_new"), said | {"call": "Cancers rares 2027"})
    jury = Body.objects.get(kind="jury")
    assert jury.pk == "jury-de-l-appel-2027"
    assert "Appel : Cancers rares 2027." in text(browser.get(administrator, page("body", jury.pk)))
    second = {"kind": "establishment", "name": "Comité", "establishment": ""}
    assert "Choisissez l&#x27;établissement." in text(
        browser.post(administrator, page("body_new"), second)
    )


@pytest.mark.parametrize("junk", [{}, {"kind": "king"}, {"kind": "jury", "name": "\x00"}])
def test_a_body_that_is_none_is_not_founded(body, browser, administrator, junk):
    assert browser.post(administrator, page("body_new"), junk).status_code == 200
    assert Body.objects.count() == 1
