"""*Vérifier*, in a real browser: yes for the truth, no for each forgery, a word when it cannot."""

from urllib.parse import urlsplit

import pytest
from django.db import transaction
from playwright.sync_api import expect

from catalog.domain.keys import encode, register_site_key
from governance.ledger.leaves import append_leaves
from governance.ledger.signer import integrate, published_checkpoint
from governance.models.ledger import Leaf
from tests.governance.ledger.conftest import AT, ledger_files
from tests.governance.ledger.test_witnesses import KEY, SITE, cosigned, says
from tests.live_server import live_server
from tests.people import establishment

__all__ = ["ledger_files"]


@pytest.fixture
def address(committed_db, ledger_files, settings):
    """A web server over a ledger of 600 signed leaves."""
    settings.ALLOWED_HOSTS = ["localhost"]
    with transaction.atomic():
        append_leaves([{"kind": "decision", "number": n} for n in range(600)], at=AT)
    integrate(at=AT)
    with live_server() as where:
        yield where


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.set_default_timeout(10_000)
    page.mistakes = []
    page.on("pageerror", lambda error: page.mistakes.append(str(error)))
    yield page
    page.close()
    assert page.mistakes == []


def verdict(page, name):
    expect(page.locator("[data-ledger-proof]")).to_have_attribute("data-verdict", name)
    return page.locator("[data-verify-result]").inner_text()


def forge(page, pattern, change):
    """Have the server answer something else at a path."""

    def answer(route):
        real = route.fetch()
        route.fulfill(response=real, body=change(real.body()))

    page.route(lambda url: pattern in urlsplit(url).path, answer)


def flip_last(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def flip_first(content):
    return bytes([content[0] ^ 1]) + content[1:]


@pytest.mark.parametrize("index", [0, 255, 417, 599])
def test_the_truth_is_told(address, page, index):
    page.goto(f"{address}/ledger/feuille/{index}")
    page.get_by_role("button", name="Vérifier").click()
    said = verdict(page, "yes")
    assert "Oui" in said
    assert said.count("vérifié") == 3


def test_the_signatures_of_the_hospitals_are_checked_too(address, page):
    establishment(SITE)
    register_site_key(SITE, encode(KEY.public_key()), at=AT)
    note = cosigned(published_checkpoint().note)
    says({"says": "agrees", "checkpoint": note})
    page.goto(f"{address}/ledger/feuille/417")
    page.get_by_role("button", name="Vérifier").click()
    assert "hôpitaux témoins tiennent : vérifié" in verdict(page, "yes")
    forged = note[:-9] + ("AAAAAA==" if not note.endswith("AAAAAA==\n") else "BBBBBA==") + "\n"
    forge(page, "/checkpoint", lambda content: forged.encode())
    page.get_by_role("button", name="Vérifier").click()
    assert "hôpitaux témoins tiennent : faux" in verdict(page, "no")


def test_a_page_opened_to_verify_does_it_at_once(address, page):
    page.goto(f"{address}/en/ledger/verifier?index=3")
    verdict(page, "yes")


def test_each_forgery_is_told(address, browser):
    for pattern, change in (
        ("/tile/entries/001", lambda content: content.replace(b'"number":417', b'"number":418')),
        # Leaves 0 to 255 come as one hash, the first of level 1; those up to 511 leaf by leaf.
        ("/tile/1/000", flip_first),
        ("/tile/0/001", flip_last),
        ("/tile/0/002", flip_last),
        ("/checkpoint", lambda content: content.replace(b"\n600\n", b"\n599\n")),
        ("/checkpoint", lambda content: content[:-6] + b"AAA==\n"),
        ("/vkey", lambda content: content[:-6] + b"AAAA=\n"),
        ("/vkey", lambda content: content[:-6] + b"AAAAA\n"),
    ):
        # A page of its own: the browser keeps tiles, which never change.
        page = browser.new_page()
        forge(page, pattern, change)
        page.goto(f"{address}/ledger/feuille/417")
        page.get_by_role("button", name="Vérifier").click()
        assert "Non" in verdict(page, "no"), pattern
        page.close()


def test_a_leaf_shown_otherwise_than_published_is_told(address, page):
    page.goto(f"{address}/ledger/feuille/417")
    page.locator("[data-leaf]").evaluate("element => { element.textContent += ' ' }")
    page.get_by_role("button", name="Vérifier").click()
    assert "faux" in verdict(page, "no")


def test_data_that_cannot_be_read_are_told_from_a_no(address, page):
    page.goto(f"{address}/ledger/feuille/417")
    page.route("**/ledger/tile/**", lambda route: route.abort())
    page.get_by_role("button", name="Vérifier").click()
    assert "n'a pas pu se faire" in verdict(page, "unable")


def test_a_browser_without_ed25519_says_what_it_did_not_check(address, page):
    page.add_init_script(
        "crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'))"
    )
    page.goto(f"{address}/ledger/feuille/417")
    page.get_by_role("button", name="Vérifier").click()
    said = verdict(page, "unsigned")
    assert "non vérifié" in said


def test_the_ledger_has_the_leaf_that_the_page_shows(address, page):
    page.goto(f"{address}/ledger/feuille/417")
    shown = page.locator("[data-leaf]").text_content()
    assert shown == bytes(Leaf.objects.get(index=417).bytes).decode()
