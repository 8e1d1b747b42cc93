"""A citizen objects for real: sealed by a real browser, read by the site's own process, applied."""

import re
import time
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.domain.objections import ask_lift
from catalog.models import Objection, SiteOrder
from catalog.sealed import receipt_number
from catalog.site import keys
from catalog.site.pseudonyms import derive
from governance import outbox
from tests.catalog.site.making import NUMBER, PROJECT
from tests.catalog.site.test_worker import (  # noqa: F401  (fixtures)
    WAIT,
    ended,
    given,
    portal,
    sites,
    study,
    worker,
)
from tests.projects.conftest import committed_walk  # noqa: F401  (a fixture)

ONLINE = "/vos-droits/opposition/en-ligne"


@pytest.fixture
def page(browser, portal, clean_cache):  # noqa: F811
    """A citizen's page, in a browser that lets nothing pass that the policy forbids."""
    context = browser.new_context(viewport={"width": 390, "height": 900}, locale="fr-FR")
    found = context.new_page()
    found.set_default_timeout(15_000)
    found.mistakes, found.sent = [], []
    found.on("pageerror", lambda error: found.mistakes.append(str(error)))
    found.on("console", lambda said: said.type == "error" and found.mistakes.append(said.text))
    found.on("request", lambda each: found.sent.append(f"{each.url} {each.post_data or ''}"))
    yield found
    mistakes, cookies = found.mistakes, context.cookies()
    context.close()
    assert mistakes == [] and cookies == []


def someone(sites, slug: str, delivered: set[str]) -> dict:  # noqa: F811
    """A person of the site whom a delivery holds."""
    derived = keys_of(sites, slug)
    named = pq.read_table(sites / slug / "identities/identity.parquet").to_pylist()
    return next(row for row in named if derived.pseudonym("person", row["person_id"]) in delivered)


def keys_of(sites, slug: str):  # noqa: F811
    return derive(keys.site_secret(sites / slug / "keys"), site=slug, project=PROJECT)


def persons(sites, order: SiteOrder) -> set[str]:  # noqa: F811
    """The pseudonyms of who stands in a delivery."""
    folder = sites / order.establishment_id / "spaces" / NUMBER / order.hash[:16]
    return set(pq.read_table(folder / "person.parquet")["person_id"].to_pylist())


def fill(page: Page, who: dict, *hospitals: str) -> None:
    for name in hospitals:
        page.get_by_label(name).check()
    page.get_by_label("Nom de naissance").fill(who["birth_name"])
    page.get_by_label("Prénoms").fill(who["first_names"])
    page.get_by_label("Date de naissance").fill(who["birth_date"].isoformat())


def accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def answered(number: str, state: str) -> Objection:
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        outbox.deliver()
        found = Objection.objects.get()
        if found.state == state:
            return found
        time.sleep(0.1)
    pytest.fail(f"{number}: still {found.state}")


def test_who_objects_from_the_page_is_out_of_the_next_delivery_and_may_come_back(
    sites,  # noqa: F811
    portal,  # noqa: F811
    page,
):
    before = given("extract", "chu-rennes", **study())
    with worker(sites, "chu-rennes", portal):
        first = persons(sites, ended(before, sites))
        who = someone(sites, "chu-rennes", first)
        mine = keys_of(sites, "chu-rennes").pseudonym("person", who["person_id"])

        page.goto(f"{portal}{ONLINE}")
        accessible(page)
        page.get_by_role("button", name="Sceller et envoyer").click()
        expect(page.locator("[data-errors]")).to_be_focused()
        expect(page.locator("[data-errors] li")).to_have_count(4)
        accessible(page)
        fill(page, who, "Hôpital CHU RENNES")
        page.get_by_role("button", name="Sceller et envoyer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Votre opposition est reçue")
        accessible(page)
        number = receipt_number(page.locator(".receipt-number").inner_text())
        for name in ("birth_name", "first_names"):
            assert not any(who[name] in each for each in page.sent)
        assert not any(who["birth_date"].isoformat() in each for each in page.sent)
        assert not any(number in each.split(" ")[0] for each in page.sent)

        found = answered(number, "applied")
        assert found.sealed == "" and found.answered_at - found.received_at < timedelta(minutes=2)
        page.get_by_role("button", name="Suivre mon opposition").click()
        expect(page.locator("main")).to_contain_text("Appliquée le")
        accessible(page)

        after = given("extract", "chu-rennes", **study())
        second = ended(after, sites)
        assert second.result["manifest"]["checks"]["objectors_absent"] is True
        assert persons(sites, second) == first - {mine}

        assert ask_lift(number, at=timezone.now()) == 1
        answered(number, "lifted")
        last = given("extract", "chu-rennes", **study())
        assert persons(sites, ended(last, sites)) == first
    log = (sites / "chu-rennes.log").read_text()
    assert who["birth_name"] not in log and number not in log


def test_a_person_of_no_hospital_reads_what_to_do(sites, portal, page):  # noqa: F811
    with worker(sites, "ico", portal):
        page.goto(f"{portal}{ONLINE}")
        page.get_by_label("Pour mon enfant mineur").check()
        page.get_by_label("Votre nom, votre prénom").fill("Anne Quelqu’un, sa mère")
        page.get_by_label("Les recherches sur un sujet").check()
        page.get_by_label("Quel sujet").select_option("cancer")
        born = timezone.now().date().replace(year=2015, day=1)
        nobody = {"birth_name": "Quelqu’un", "first_names": "Ève", "birth_date": born}
        fill(page, nobody, "Hôpital ICO")
        page.get_by_role("button", name="Sceller et envoyer").click()
        number = receipt_number(page.locator(".receipt-number").inner_text())
        answered(number, "not_found")
        page.goto(f"{portal}/vos-droits/opposition/suivi")
        accessible(page)
        page.get_by_label("Votre numéro de récépissé").fill(number.lower())
        page.get_by_role("button", name="Voir").click()
        expect(page.locator("main")).to_contain_text("Personne non trouvée")
        accessible(page)
        expect(page.get_by_role("link", name="Formulaire à imprimer")).to_have_attribute(
            "href", re.compile("/ico/formulaire$")
        )


def test_the_number_of_no_project_is_not_sealed_and_that_of_one_tells_its_title(
    sites,  # noqa: F811
    portal,  # noqa: F811
    committed_walk,  # noqa: F811
    page,
):
    number = committed_walk.until("instruction").case.number
    title = page.locator("[data-title]")
    page.goto(f"{portal}{ONLINE}#{number}")
    expect(title).to_have_text(committed_walk.request.plain_title)
    accessible(page)
    born = timezone.now().date().replace(year=1950, day=1)
    fill(page, {"birth_name": "Le Goff", "first_names": "Ève", "birth_date": born}, "Hôpital ICO")
    page.get_by_label("Numéro du projet").fill("1999-0001")
    expect(title).to_have_text("")
    page.get_by_role("button", name="Sceller et envoyer").click()
    expect(page.locator("[data-errors] li")).to_have_text([re.compile("un projet à l’étude")])
    assert not Objection.objects.exists()
    page.get_by_label("Numéro du projet").fill(number)
    page.get_by_role("button", name="Sceller et envoyer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre opposition est reçue")
    assert not any(number in each.replace(f"{ONLINE}#{number}", "") for each in page.sent)


def test_without_javascript_nothing_can_leave_and_the_paper_is_there(
    browser,
    sites,  # noqa: F811
    portal,  # noqa: F811
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal}{ONLINE}")
    expect(page.get_by_role("link", name="Formulaires à imprimer")).to_be_visible()
    expect(page.get_by_label("Nom de naissance")).to_be_hidden()
    expect(page.get_by_role("button", name="Sceller et envoyer")).to_be_hidden()
    context.close()
