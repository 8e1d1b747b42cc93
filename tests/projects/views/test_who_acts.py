"""The page of a request tells truly who acts next, what an access lacks, when the committee meets,
what a site counted and which extraction a step delivers."""

from datetime import timedelta

import pytest

from governance.charters.facts import today
from governance.domain import committees
from governance.models import Record, Training
from portal.templatetags.guichet import date_words
from projects.demonstration import network
from projects.domain import extractions
from projects.models import Extraction
from projects.queries.mine import mine
from tests.projects.site_program import SiteProgram


def texts(response) -> str:
    return " ".join(response.content.decode().split())


def deliver(walk) -> Extraction:
    """The site of the request extracts and delivers."""
    track, engineer = walk.case.tracks.get(kind="site"), walk.staff("data_engineer")
    order = extractions.launch(track, by=engineer, at=walk.now).order
    SiteProgram(track.key, at=walk.now).delivers(order)
    walk.take("deliver", engineer, days=0, track=track)
    return Extraction.objects.get(order=order)


@pytest.fixture
def clock(monkeypatch):
    """Pages seen at the instant of the walk."""

    def at(walk):
        monkeypatch.setattr("django.utils.timezone.now", lambda: walk.now)

    return at


@pytest.fixture
def delivered(walk, order_key):
    walk.until("authorised")
    deliver(walk)
    return walk


def test_once_all_is_delivered_the_team_is_told_what_its_access_lacks(delivered, browser, clock):
    walk = delivered
    Training.objects.filter(person=walk.holder).delete()
    walk.now += timedelta(days=40)
    clock(walk)
    page = texts(browser.get(walk.holder, walk.case.number))
    assert "préparer et livrer les données" not in page
    assert "signer ou renouveler les engagements qui manquent" in page
    assert "À vous d’agir" in page
    assert 'href="/engagements"' in page
    assert "formation à la protection des données" in page
    for_staff = texts(browser.get(walk.staff("case_officer"), walk.case.number))
    assert "Le porteur et son équipe" in for_staff
    assert f"{walk.holder}" in for_staff


def test_once_all_is_in_order_the_page_says_from_when_the_portal_opens(delivered, browser, clock):
    walk = delivered
    network.commit(walk.holder, at=walk.now)
    clock(walk)
    notice = walk.case.records.filter(kind="notice_online").latest("at")
    page = texts(browser.get(walk.holder, walk.case.number))
    assert "Le portail" in page
    assert f"ouvrir l&#x27;accès le {date_words(notice.at + timedelta(days=30))}" in page
    (row,) = mine(walk.holder, walk.now).under_way
    assert (row.who, row.what) == ("Le portail", "ouvrir l'accès dès que rien n'y manque")


def test_a_training_that_expired_before_the_opening_is_named(delivered, browser, clock):
    walk = delivered
    network.commit(walk.holder, at=walk.now)
    Training.objects.filter(person=walk.holder).update(
        expires_on=today(walk.now) + timedelta(days=10)
    )
    walk.now += timedelta(days=40)
    clock(walk)
    assert "a expiré le" in texts(browser.get(walk.holder, walk.case.number))


def test_before_any_delivery_what_the_access_will_lack_comes_later(walk, browser):
    walk.until("authorised")
    Training.objects.filter(person=walk.holder).delete()
    page = texts(browser.get(walk.holder, walk.case.number))
    assert "livrer les données" in page
    later = page.split("Plus tard", 1)[1]
    assert "formation à la protection des données" in later


def test_the_step_that_delivers_leads_to_its_extraction(walk, browser, order_key):
    walk.until("authorised")
    track, engineer = walk.case.tracks.get(kind="site"), walk.staff("data_engineer")
    order = extractions.launch(track, by=engineer, at=walk.now).order
    SiteProgram(track.key, at=walk.now).delivers(order)
    page = texts(browser.get(engineer, f"{walk.case.number}/etape/deliver/{track.pk}"))
    assert f'href="/extractions/{Extraction.objects.get().pk}"' in page
    assert "Terminée, manifeste vérifié" in page


def test_the_holder_reads_when_the_committee_meets_and_that_it_put_the_request_off(walk, browser):
    walk.until("committee")
    first = walk.case.items.get().session
    page = texts(browser.get(walk.holder, walk.case.number))
    assert "Séance du comité" in page and date_words(first.starts_at) in page
    assert "Reportée" not in page
    following = network.next_session(first.body, first.starts_at + timedelta(days=1))
    walk.now = first.starts_at + timedelta(hours=1)
    committees.open_session(first, at=walk.now)
    committees.close_session(first, at=walk.now)
    page = texts(browser.get(walk.holder, walk.case.number))
    assert f"la séance du {date_words(first.starts_at)} n’a pas rendu d’avis" in page
    assert date_words(following.starts_at) in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"counted": True, "count": 240, "masked": False}, "240 personnes"),
        ({"counted": True, "count": None, "masked": True}, "Moins de 11 personnes"),
    ],
)
def test_the_methodologist_reads_the_count_beside_the_question(walk, browser, data, said):
    walk.until("instruction")
    track = walk.case.tracks.get(kind="site")
    Record.objects.filter(track=track, kind="count").delete()
    walk.case.records.create(track=track, kind="count", at=walk.now, data=data)
    page = texts(
        browser.get(
            walk.staff("methodologist"), f"{walk.case.number}/etape/state_feasibility/{track.pk}"
        )
    )
    assert said in page
    assert "Personnes de 75 ans et plus" in page
