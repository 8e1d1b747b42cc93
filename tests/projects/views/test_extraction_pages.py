"""The pages of extractions and the Données tab: who sees them, what they let one do."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import ObjectedDelivery, Variable
from governance.models import Participation
from governance.process.engine import take_step
from projects.demonstration import network
from projects.domain import extractions, openings, team
from projects.models import Certificate, Extraction, MemberAccess
from tests.projects.site_program import SiteProgram

pytestmark = pytest.mark.usefixtures("order_key")


@pytest.fixture
def authorised(walk):
    walk.until("authorised")
    walk.now = max(walk.now + timedelta(days=31), timezone.now())
    return walk


@pytest.fixture
def engineer(authorised):
    return authorised.staff("data_engineer")


@pytest.fixture
def track(authorised):
    return authorised.case.tracks.get(kind="site")


def test_an_extraction_is_prepared_launched_followed_and_stopped(
    authorised, engineer, track, browser
):
    board = browser.get(engineer, "/extractions").content.decode()
    assert authorised.case.number in board
    launch = reverse("projects:extraction_launch", args=[track.pk])
    asked = browser.get(engineer, launch).content.decode()
    assert "Lancer l’extraction" in asked
    assert "un diagnostic : I50 et tout ce qui en dépend" in asked, "who is extracted is said"
    answer = browser.post(engineer, launch)
    made = Extraction.objects.get()
    page = reverse("projects:extraction", args=[made.pk])
    assert answer.url == page
    program = SiteProgram("chu-rennes", at=made.order.issued_at)
    program.says(made.order, "progress", done=2, of=5, table="person")
    content = browser.get(engineer, page).content.decode()
    assert "2 / 5" in content
    assert 'hx-trigger="every 3s"' in content
    cancel = reverse("projects:extraction_cancel", args=[made.pk])
    assert "Arrêter cette extraction" in browser.get(engineer, cancel).content.decode()
    assert browser.post(engineer, cancel).url == page
    program.says(made.order, "cancelled", reason="asked")
    content = browser.get(engineer, page).content.decode()
    assert "Annulée" in content
    assert "Lancer de nouveau" in content
    assert "hx-trigger" not in content


def test_a_delivery_that_will_bear_no_mark_is_said_before_it_is_ordered(
    authorised, engineer, track, browser
):
    launch = reverse("projects:extraction_launch", args=[track.pk])
    said = "rien dans ces fichiers ne portera la marque"
    assert said not in browser.get(engineer, launch).content.decode()
    Variable.objects.update(table="person")
    assert said in browser.get(engineer, launch).content.decode()


def test_a_page_polled_answers_with_its_live_part_alone(authorised, engineer, track, browser):
    made = extractions.launch(track, by=engineer, at=authorised.now)
    client = browser.signed_in(engineer)
    for address in (
        reverse("projects:extraction", args=[made.pk]),
        reverse("projects:extractions"),
        reverse("projects:data", args=[authorised.case.number]),
    ):
        part = client.get(address, headers={"HX-Request": "true"}).content.decode()
        assert "<h1" not in part
        assert part.lstrip().startswith("<div")


def test_pages_of_extractions_are_their_engineers_alone(authorised, engineer, track, browser):
    made = extractions.launch(track, by=engineer, at=authorised.now)
    others = [
        authorised.holder,
        authorised.staff("case_officer"),
        authorised.staff("delegate"),
        authorised.staff("data_engineer", "chu-brest"),
        network.person("Yann Kerbrat", at=authorised.now),
    ]
    for other in others:
        for name, argument in (
            ("extraction", made.pk),
            ("extraction_cancel", made.pk),
            ("extraction_launch", track.pk),
        ):
            address = reverse(f"projects:{name}", args=[argument])
            assert browser.get(other, address).status_code == 404
            assert browser.post(other, address).status_code in (404, 405)
    assert browser.get(authorised.holder, "/extractions").status_code == 404
    elsewhere = browser.get(others[3], "/extractions").content.decode()
    assert authorised.case.number not in elsewhere
    assert Extraction.objects.count() == 1


def test_the_board_costs_the_same_whatever_it_shows(
    authorised, engineer, track, browser, django_assert_max_num_queries
):
    client = browser.signed_in(engineer)
    client.get("/extractions")
    with django_assert_max_num_queries(20):
        client.get("/extractions")


def test_a_failure_says_why_in_words(authorised, engineer, track, browser):
    made = extractions.launch(track, by=engineer, at=authorised.now)
    program = SiteProgram("chu-rennes", at=made.order.issued_at)
    program.says(made.order, "delivered", manifest={"tables": []})
    content = browser.get(engineer, reverse("projects:extraction", args=[made.pk]))
    assert "ne porte pas la signature de l&#x27;établissement" in content.content.decode()


@pytest.mark.parametrize("nonsense", ["<script>alert(1)</script>", "é" * 5000])
def test_words_of_a_site_are_shown_escaped_and_bounded(
    authorised, engineer, track, browser, nonsense
):
    made = extractions.launch(track, by=engineer, at=authorised.now)
    program = SiteProgram("chu-rennes", at=made.order.issued_at)
    program.says(made.order, "failed", reason=nonsense)
    made.refresh_from_db()
    content = browser.get(engineer, reverse("projects:extraction", args=[made.pk]))
    assert len(made.message) <= 400
    assert "<script>alert" not in content.content.decode()


@pytest.fixture
def opened(authorised, engineer, track):
    """Access open at CHU Rennes to the holder and not to a member who signed nothing."""
    newcomer = network.person("Yann Kerbrat", at=authorised.now)
    newcomer.trainings.all().delete()
    team.join(authorised.request, newcomer, Participation.Part.MEMBER, at=authorised.now)
    made = extractions.launch(track, by=engineer, at=authorised.now)
    SiteProgram("chu-rennes", at=authorised.now).delivers(made.order)
    take_step(authorised.case, "deliver", by=engineer, at=timezone.now(), track=track)
    openings.open_what_is_ready(authorised.case, at=timezone.now())
    authorised.case.refresh_from_db()
    return authorised


def test_the_data_tab_says_who_has_access_and_why_another_has_not(opened, browser):
    content = browser.get(opened.holder, f"{opened.case.number}/donnees").content.decode()
    assert "Se termine le" in content
    assert "Marion Le Gall" in content
    assert "Yann Kerbrat" in content
    assert "Fermé" in content
    assert "Preuve du manifeste" in content


def test_access_is_ended_after_a_question_by_the_holder_alone(opened, engineer, browser):
    address = f"{opened.case.number}/donnees/fin"
    assert browser.post(opened.staff("case_officer"), address).status_code == 404
    assert "tout de suite et pour de bon" in browser.get(opened.holder, address).content.decode()
    assert opened.case.state == "access"
    browser.post(opened.holder, address)
    opened.case.refresh_from_db()
    assert opened.case.state == "results"
    assert not MemberAccess.objects.filter(cut_at=None).exists()
    assert browser.post(opened.holder, address).status_code == 404


def test_copies_are_certified_destroyed_by_the_engineer_of_the_site(
    opened, engineer, track, browser
):
    address = f"{opened.case.number}/donnees/copies/{track.pk}"
    assert browser.get(engineer, address).status_code == 404
    browser.post(opened.holder, f"{opened.case.number}/donnees/fin")
    assert browser.get(opened.holder, address).status_code == 404
    assert "Attester" in browser.get(engineer, address).content.decode()
    assert browser.post(engineer, address, {"reference": ""}).status_code == 200
    browser.post(engineer, address, {"reference": "PV-12", "agreed": "on"})
    assert Certificate.objects.get(kind="copies_destroyed").reference == "PV-12"
    assert (
        browser.get(engineer, f"{opened.case.number}/donnees/destruction/{track.pk}").status_code
        == 404
    )


def test_the_holder_chooses_when_accesses_open(authorised, engineer, browser):
    address = f"{authorised.case.number}/donnees/ouverture"
    assert browser.get(engineer, address).status_code == 404
    page = browser.get(authorised.holder, address).content.decode()
    assert "Dès que chacun a livré" in page
    assert (
        browser.post(authorised.holder, address, {"site_by_site": "peut-être"}).status_code == 200
    )
    browser.post(authorised.holder, address, {"site_by_site": "yes"})
    authorised.request.access_period.refresh_from_db()
    assert authorised.request.access_period.site_by_site is True


def test_the_holder_is_heard_before_a_decision(opened, browser):
    address = f"{opened.case.number}/observations"
    opened.now = timezone.now()
    opened.take(
        "block", opened.staff("dpo"), days=0, articles=("U-08",), reason="Une fuite est soupçonnée."
    )
    assert browser.get(opened.staff("data_engineer"), address).status_code == 404
    assert browser.post(opened.holder, address, {"text": " "}).status_code == 200
    browser.post(opened.holder, address, {"text": "Le fichier n'a jamais quitté l'espace."})
    content = browser.get(opened.holder, f"{opened.case.number}/donnees").content.decode()
    assert "jamais quitté" in content
    assert "L’accès est suspendu" in content


def test_limits_are_set_by_the_delegate_and_shown_to_the_engineer(walk, browser):
    walk.until("preparation")
    track, ref = walk.case.tracks.get(kind="site"), walk.case.number
    page = reverse("projects:step", args=[ref, "agree_with_limits", track.pk])
    delegate, engineer = walk.staff("delegate"), walk.staff("data_engineer")
    assert "Variables que l&#x27;établissement garde" in (
        browser.get(delegate, page).content.decode()
    )
    browser.post(
        delegate,
        page,
        {
            "key": str(uuid.uuid4()),
            "read": str(walk.case.revision),
            "articles": "P-12",
            "ground": "not_held",
            "limit": "Sans les dates de prescription.",
            "without": "drug_drug_exposure_start_date",
            "period_start": "2021-01-01",
            "reason": "Ces dates ne sont pas saisies avant 2021 dans notre entrepôt.",
        },
    )
    track.refresh_from_db()
    assert track.status == "agreed_with_limits"
    walk.now = timezone.now()
    walk.case.refresh_from_db()
    walk.complete_formalities()
    walk.authorise()
    launch = reverse("projects:extraction_launch", args=[track.pk])
    content = browser.get(engineer, launch).content.decode()
    assert "Sans les dates de prescription." in content
    assert "Gardées par l’établissement" in content
    assert "du 1er janv. 2021" in content


def test_a_copy_in_which_persons_objected_is_made_again_from_its_page(
    authorised, engineer, track, browser
):
    first = extractions.launch(track, by=engineer, at=authorised.now)
    rennes = SiteProgram("chu-rennes", at=authorised.now)
    rennes.delivers(first.order)
    authorised.take("deliver", engineer, days=0, track=track)
    launch = reverse("projects:extraction_launch", args=[track.pk])
    assert "La copie livrée est refaite" not in browser.get(engineer, launch).text
    objected = ObjectedDelivery.objects.create(
        delivery=first.order, found_at=authorised.now, last_found_at=authorised.now
    )
    assert launch in browser.get(engineer, "/extractions").text
    assert launch in browser.get(engineer, "/travail").text
    page = browser.get(engineer, launch).text
    assert "La copie livrée est refaite" in page
    assert page.count('class="button primary') == 1
    browser.post(engineer, launch)
    made = Extraction.objects.latest("launched_at")
    assert made != first and track.extractions.count() == 2
    assert objected in ObjectedDelivery.objects.pending(), "until the copy is there"
