"""*Mon établissement*, the quality of the warehouse: launched and followed by who answers for the
data, read by who follows the activity, not found by others."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import FillRate, Finding, QualityRun, SiteOrder
from tests.catalog.conftest import brest, rennes  # noqa: F401
from tests.catalog.domain.test_findings import dataset, variable
from tests.catalog.domain.test_quality import ENDS, UNITS, answer, run, said
from tests.catalog.making import order_key
from tests.people import person, sign_in

PAGE = "/etablissement/chu-rennes/qualite"
CHECK = f"{PAGE}/controles/{UNITS}"
NOW = timezone.now()
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _key(tmp_path, settings):
    order_key(tmp_path, settings)


@pytest.fixture
def as_(client, rennes):  # noqa: F811
    def signed_in(role, slug="chu-rennes"):
        someone = person((role, slug) if slug else role)
        sign_in(client, someone)
        return client

    return signed_in


def page(client, address=PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.fixture
def weeks(rennes):  # noqa: F811
    """A check that was held and is not any more, one that never was, one of which little fails."""
    dataset()
    for n, units in enumerate((0, 100, 120)):
        results = said({UNITS: units, ENDS: None}) + [
            {"check": "death.cdmTable", "outcome": "absent"},
            {"check": "note.cdmTable", "outcome": "passed"},
        ]
        run(rennes, results, at=NOW - (3 - n) * WEEK)
    return rennes


@pytest.mark.parametrize(
    ("role", "slug", "launches"),
    [
        ("producer", "chu-rennes", True),
        ("data_engineer", "chu-rennes", True),
        ("case_officer", "chu-rennes", False),
        ("network_coordinator", None, False),
    ],
)
def test_who_answers_for_the_data_launches_and_who_follows_reads(as_, weeks, role, slug, launches):
    client = as_(role, slug)
    shown = page(client)
    assert "Mesures : une unité à chaque valeur" in shown
    assert (f"{PAGE}/lancer" in shown) == launches
    assert shown.count("button primary") == 1
    assert client.post(f"{PAGE}/lancer").status_code == (302 if launches else 404)
    assert SiteOrder.objects.filter(state="waiting").exists() == launches


@pytest.mark.parametrize("address", [PAGE, CHECK, f"{PAGE}/en-cours"])
@pytest.mark.parametrize(
    ("role", "slug"),
    [("producer", "chu-brest"), ("administrator", "chu-rennes"), ("methodologist", "chu-rennes")],
)
def test_what_is_not_theirs_is_not_found(as_, weeks, brest, address, role, slug):  # noqa: F811
    client = as_(role, slug)
    assert client.get(address).status_code == 404
    assert client.post(f"{CHECK}/anomalie").status_code == 404


def test_before_the_first_run_the_page_says_what_to_do(as_):
    shown = page(as_("producer"))
    assert "Aucun contrôle encore" in shown and "Contrôler l’entrepôt" in shown


def test_a_run_under_way_says_where_it_is_and_the_page_comes_back_at_its_end(as_, weeks):
    client = as_("data_engineer")
    client.post(f"{PAGE}/lancer")
    client.post(f"{PAGE}/lancer")
    asked = QualityRun.objects.get(state="asked")
    progress = {"done": 4, "of": 10, "table": "drug_exposure", "rows": 9}
    answer(weeks, asked, None, at=NOW, kind="progress", **progress)
    waiting = client.get(f"{PAGE}/en-cours")
    assert "4 sur 10" in waiting.content.decode() and "HX-Refresh" not in waiting
    assert page(client).count("button primary") == 1
    answer(weeks, asked, said({UNITS: 0}), at=NOW, sequence=1)
    assert client.get(f"{PAGE}/en-cours")["HX-Refresh"] == "true"
    assert "tout est tenu" in page(client)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("unreachable", "n’a pas répondu"),
        ("unreadable", "son fichier est abîmé"),
        ("jamais vu", "le journal du site dit pourquoi"),
    ],
)
def test_a_run_that_gave_nothing_says_why_beside_the_last_results(as_, weeks, reason, words):
    run(weeks, None, kind="failed", reason=reason, at=NOW)
    shown = page(as_("producer"))
    assert words in shown and "Mesures : une unité à chaque valeur" in shown


def test_without_a_key_nothing_is_launched_and_the_page_says_so(as_, settings):
    client = as_("producer")
    settings.ORDER_KEY_FILE = "/nonexistent"
    shown = client.post(f"{PAGE}/lancer", follow=True).content.decode()
    assert "aucun ordre ne peut être signé" in shown
    assert not QualityRun.objects.exists()


def test_filters_are_in_the_address_and_nonsense_is_no_filter(as_, weeks):
    client = as_("producer")
    assert "Documents : table présente" not in page(client)
    every = page(client, f"{PAGE}?tout=1")
    assert "Documents : table présente" in every and "non vérifiable" in every
    conformance = page(client, f"{PAGE}?nature=conformance")
    assert "Documents : table" in conformance and UNITS not in conformance
    assert UNITS in page(client, f"{PAGE}?table=measurement")
    assert "Aucun contrôle de cette sorte" in page(client, f"{PAGE}?table=note&nature=plausibility")
    assert UNITS in page(client, f"{PAGE}?nature=%00&table=%3Cscript%3E")


def test_a_check_says_how_it_changed_and_leads_to_its_anomaly(as_, weeks):
    client = as_("producer")
    shown = page(client, CHECK)
    found = Finding.objects.get()
    assert f"/anomalies/{found.pk}" in shown and "En pointillés" in shown
    assert shown.count("<circle") == 3 and "12 %" in shown
    anomaly = page(client, f"/anomalies/{found.pk}")
    assert "Ce qu’un contrôle a trouvé" in anomaly and CHECK in anomaly
    assert "Trouvée par un contrôle" in page(client, "/anomalies")
    assert client.get(f"{PAGE}/controles/nulle.part").status_code == 404


def test_small_figures_are_said_to_be_small(as_, weeks):
    shown = page(as_("producer"), f"{PAGE}/controles/{ENDS}")
    assert "moins de 11" in shown and "trop petit pour sortir du site" in shown


def test_what_fails_from_the_first_is_opened_by_a_person_once(as_, weeks):
    client = as_("producer")
    address = f"{PAGE}/controles/{ENDS}"
    assert page(client, address).count("button primary") == 1
    assert "Ouvrir une anomalie" in page(client, address)
    opened = {client.post(f"{address}/anomalie").url for _twice in range(2)}
    (where,) = opened
    assert "anomalie ouverte par Anne Le Goff" in page(client, where)
    assert "Ouvrir une anomalie" not in page(client, address)


def test_what_is_held_again_is_proposed_as_mended(as_, weeks):
    run(weeks, said({UNITS: 0}), at=NOW)
    client, found = as_("producer"), Finding.objects.get()
    shown = page(client, f"/anomalies/{found.pk}")
    assert "le contrôle est de nouveau tenu" in shown and "dites-le ci-dessous" in shown
    assert 'value="mended"' in shown and "checked" in shown.split('value="mended"')[1][:60]


def test_the_network_reads_its_establishments_side_by_side(as_, weeks, brest):  # noqa: F811
    client = as_("network_coordinator", None)
    shown = page(client, "/etablissement/reseau/qualite")
    assert PAGE in shown and "jamais" in shown and shown.count("button primary") == 1
    assert "/etablissement/reseau/qualite" in page(client, "/etablissement")
    sign_in(client, person(("case_officer", "chu-rennes")))
    assert client.get("/etablissement/reseau/qualite").status_code == 404


def test_the_public_page_says_shares_alone_and_feeds_the_label(client, weeks):
    shown = page(client, "/catalogue/chu-rennes-laboratoire")
    assert "pas encore faits" in shown  # nothing of its tables: it has no variable
    held = variable(Finding.objects.get().dataset)
    FillRate.objects.create(variable=held, establishment=weeks.place, rate=90)
    shown = page(client, "/catalogue/chu-rennes-laboratoire")
    assert "complétude 0 %, 1 contrôle le" in shown and "1000" not in shown
    assert "complétude 0 %" in page(client, "/catalogue/chu-rennes-laboratoire/qualite")


def test_pages_ask_a_constant_number_of_queries(as_, weeks):
    client = as_("producer")

    def asked(address):
        with CaptureQueriesContext(connection) as found:
            page(client, address)
        return len(found)

    page(client)
    before = [asked(each) for each in (PAGE, CHECK, f"{PAGE}?tout=1")]
    for n in range(3):
        run(weeks, said({UNITS: 0 if n % 2 else 400, ENDS: 400}), at=NOW + n * WEEK)
    after = [asked(each) for each in (PAGE, CHECK, f"{PAGE}?tout=1")]
    assert after == before
