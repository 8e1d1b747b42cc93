"""Working spaces on the Données tab: how each stands, who reads who came, what one may do."""

import json
import re

import pytest

from catalog.models import SiteKey
from catalog.orders import certificate_holds
from portal.notices.models import Notice
from projects.domain import openings, spaces, team
from projects.models import Space
from projects.queries.site_data import sites_of
from projects.reader import reader_of
from tests import outbox
from tests.projects.domain.test_spaces import ordered
from tests.projects.stand import LEAD, OTHER

pytestmark = pytest.mark.usefixtures("order_key")


@pytest.fixture
def engineer(using):
    return using.staff("data_engineer", LEAD)


@pytest.fixture
def data(using, browser):
    """The text of the Données tab as somebody reads it."""

    def read(person) -> str:
        content = browser.get(person, f"{using.case.number}/donnees").content.decode()
        found = re.sub(r"<[^>]+>", " ", content[content.index('id="sites"') :])
        return re.sub(r"\s+", " ", found)

    return read


def test_a_space_is_being_opened_then_open_then_cut_and_says_why(using, rennes, track, data):
    assert "Espace de travail" not in data(using.holder)
    order = ordered(using)
    assert "Ouverture en cours" in data(using.holder)
    rennes.keeps(order)
    assert re.search(r"Espace de travail Ouvert depuis le", data(using.holder))
    using.take(
        "block", using.staff("case_officer"), articles=("U-08",), reason="Une fuite est soupçonnée."
    )
    cut = ordered(using)
    assert "Fermeture en cours" in data(using.holder)
    rennes.keeps(cut)
    assert "Fermé au site : l&#x27;accès est suspendu" in data(using.holder)


def test_a_member_is_told_how_one_enters_while_the_space_is_open(using, rennes, track, data):
    order = ordered(using)
    assert "On y entre par" not in data(using.holder)
    rennes.keeps(order)
    mail = "cdc.chu-rennes@demo.example"
    track.establishment.email = mail
    track.establishment.save()
    assert "On y entre par" in data(using.holder) and mail in data(using.holder)
    assert "On y entre par" not in data(using.staff("case_officer"))
    using.take(
        "block", using.staff("case_officer"), articles=("U-08",), reason="Une fuite est soupçonnée."
    )
    rennes.keeps(ordered(using))
    assert "On y entre par" not in data(using.holder)


def test_the_page_follows_what_is_under_way_and_then_rests(using, rennes, browser):
    address = f"{using.case.number}/donnees"
    order = ordered(using)
    assert 'hx-trigger="every 5s"' in browser.get(using.holder, address).content.decode()
    rennes.keeps(order)
    assert 'hx-trigger="every 5s"' not in browser.get(using.holder, address).content.decode()


def test_what_failed_is_said_and_tried_again_by_the_engineer_alone(
    using, rennes, track, engineer, browser, data
):
    rennes.says(ordered(using), "failed", reason="space_timeout", message="…")
    assert "n&#x27;a pas répondu à temps" in data(using.holder)
    assert "est prévenu" in data(using.holder)
    assert "Réessayer" not in data(using.holder)
    assert "Réessayer" in data(engineer)
    address = f"{using.case.number}/donnees/espace/{track.pk}/reessayer"
    for person in (using.holder, using.staff("data_engineer", OTHER)):
        assert browser.post(person, address).status_code == 404
    assert browser.get(engineer, address).status_code == 405
    assert browser.post(engineer, address).status_code == 302
    assert Space.objects.get().order.body["turn"] == 2
    assert browser.post(engineer, address).status_code == 404


def test_the_engineers_are_written_to_once_and_the_ask_ends_when_it_is_done(
    using, rennes, engineer, browser
):
    rennes.says(ordered(using), "failed", reason="space_provider", message="…")
    outbox.run()
    (notice,) = Notice.objects.filter(key="space_failed")
    assert (notice.person, notice.asked) == (engineer, True)
    assert notice.address == f"/demandes/{using.case.number}/donnees"
    work = browser.get(engineer, "/travail").content.decode()
    assert "Réessayer ce qu&#x27;un espace de travail n&#x27;a pas fait" in work
    rennes.keeps(ordered(using, again=True))
    work = browser.get(engineer, "/travail").content.decode()
    assert "Réessayer ce qu" not in work


@pytest.fixture
def visited(using, rennes):
    order = ordered(using)
    rennes.keeps(order)
    rennes.tells(order, (using.holder, "2026-04-02", 7), (using.colleague, "2026-04-03", 12))
    return using


def test_the_holder_the_cdc_and_the_hospital_read_who_came(visited, engineer, data):
    for person in (visited.holder, visited.staff("case_officer"), engineer):
        said = data(person)
        assert "Qui est venu dans cet espace" in said
        assert (
            "Louise Kermorgant : 12 entrées ce jour-là, la dernière le 3 avr. 2026 à 12 h 00"
            in said
        )
        assert f"{visited.holder} : 7 entrées ce jour-là, la dernière le 2 avr. 2026" in said


def test_a_member_reads_when_they_came_themselves_and_no_more(visited, data):
    said = data(visited.colleague)
    assert "Vos venues dans cet espace" in said
    assert "Louise Kermorgant : 12 entrées ce jour-là, la dernière le 3 avr. 2026 à 12 h 00" in said
    assert "2 avr. 2026" not in said


def test_another_hospital_does_not_read_who_came(visited, data):
    said = data(visited.staff("data_engineer", OTHER))
    assert "est venu" not in said
    assert "3 avr. 2026" not in said


def test_references_are_shown_to_who_writes_them_at_the_site(visited, engineer, data):
    assert str(visited.colleague.ref) in data(engineer)
    for person in (visited.holder, visited.staff("data_engineer", OTHER)):
        assert str(visited.colleague.ref) not in data(person)


def test_a_log_that_became_shorter_is_said_to_who_reads_it(visited, rennes, data):
    order = Space.objects.get().order
    for lines in (9, 4):
        rennes.tells(order, log={"lines": lines, "head": "a" * 64})
    assert "plus court que ce que le site en avait dit" in data(visited.holder)
    assert "plus court" not in data(visited.colleague)


@pytest.fixture
def ended(visited, rennes):
    visited.take("end_access", visited.holder)
    openings.seal({"case": str(visited.case.pk)})
    rennes.keeps(ordered(visited))
    return visited


def test_the_space_is_destroyed_after_a_question_and_its_certificate_downloaded(
    ended, rennes, track, engineer, browser, data
):
    number = ended.case.number
    address = f"{number}/donnees/espace/{track.pk}"
    assert browser.get(ended.holder, address).status_code == 404
    assert "ne retrouvera pas son travail" in browser.get(engineer, address).content.decode()
    assert "attester à la main" in data(engineer)
    browser.post(engineer, address)
    assert "Destruction en cours" in data(engineer)
    assert "ttester" not in data(engineer)
    assert browser.get(engineer, address).status_code == 404
    rennes.keeps(Space.objects.get().order)
    said = data(ended.holder)
    assert "Détruit" in said
    certificate = track.certificates.get(kind="space_destroyed")
    answer = browser.get(ended.holder, f"{number}/donnees/certificats/{certificate.pk}")
    assert answer["Content-Disposition"] == (
        f'attachment; filename="certificat-{number}-{LEAD}-space_destroyed.json"'
    )
    (statement,) = json.loads(answer.content)
    assert statement == certificate.statement[0]
    assert certificate_holds(statement, rennes.key.public_key())
    assert SiteKey.objects.filter(establishment=LEAD).exists()


def test_a_page_read_while_the_site_answers_looks_again(ended, rennes, track, engineer, data):
    rennes.keeps(spaces.destroy(track, by=engineer, at=ended.now))
    assert "hx-trigger" not in data(engineer).split('id="sites"')[1][:200]
    # Its certificates were read before the answer was written, its space after.
    track.certificates.filter(kind="space_destroyed").delete()
    assert "hx-trigger" in data(engineer).split('id="sites"')[1][:200]


def test_a_certificate_is_for_who_reads_the_request(ended, rennes, track, engineer, browser):
    rennes.keeps(spaces.destroy(track, by=engineer, at=ended.now))
    certificate = track.certificates.get(kind="space_destroyed")
    address = f"{ended.case.number}/donnees/certificats/{certificate.pk}"
    stranger = ended.staff("data_engineer", "chu-nantes")
    assert browser.get(stranger, address).status_code == 404
    typed = track.certificates.get(kind="dataset_sealed")
    typed_address = f"{ended.case.number}/donnees/certificats/{typed.pk}"
    assert browser.get(ended.holder, typed_address).status_code == 404


def test_copies_that_went_out_are_said_with_what_to_do(
    ended, rennes, track, engineer, browser, data
):
    order = spaces.destroy(track, by=engineer, at=ended.now)
    rennes.keeps(order, certificate=rennes.certificate(order, handed=3))
    said = data(engineer)
    assert "3 copies sont sorties de l’espace" in said
    browser.post(
        engineer,
        f"{ended.case.number}/donnees/copies/{track.pk}",
        {"reference": "PV-12", "agreed": "on"},
    )
    assert "sont sorties" not in data(engineer)


def test_holder_and_case_officer_are_told_of_the_destruction(ended, rennes, track, engineer):
    rennes.keeps(spaces.destroy(track, by=engineer, at=ended.now))
    outbox.run()
    told = {notice.person for notice in Notice.objects.filter(key="space_destroyed")}
    assert told == {ended.holder, ended.staff("case_officer")}


def test_the_tab_asks_as_much_for_two_establishments_as_for_one(
    visited, rennes, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    reader = reader_of(visited.request, visited.holder, visited.now)
    with CaptureQueriesContext(connection) as one:
        sites_of(visited.request, reader, visited.now)
    other = visited.case.tracks.get(key=OTHER)
    Space.objects.create(track=other, turn=1, order=Space.objects.get().order)
    team.join(visited.request, visited.staff("methodologist"), "member", at=visited.now)
    with django_assert_max_num_queries(len(one)):
        sites_of(visited.request, reader, visited.now)
