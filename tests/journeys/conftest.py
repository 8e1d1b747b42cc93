"""What a journey has: the running product, and people at their browsers."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import databases
from tests.catalog import making
from tests.journeys import network as people_of_the_network
from tests.journeys.hands import Mouse
from tests.journeys.portal import Portal

PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")
NETWORK = "template_network"
expect.set_options(timeout=15_000)


def _build_network(database: str) -> None:
    """The demonstration's network, people, sites and catalogue; no request."""
    from catalog.domain.demonstration_sites import provision_demonstration
    from catalog.seed import seed_catalogue
    from portal.accounts.demonstration import HELD, create_accounts
    from projects.demonstration import network

    now = timezone.now()
    databases.point_django_at(database)
    settings.DEMONSTRATION = True
    try:
        making.ensure_order_key()
        network.establish()
        create_accounts(at=now)
        provision_demonstration(at=now - HELD, patients=4_000)
        seed_catalogue(at=now, sites_root=settings.SITES_ROOT)
        network.seat_committee(at=now - HELD)
        people_of_the_network.staff_every_establishment(at=now - timedelta(days=30))
    finally:
        settings.DEMONSTRATION = False
    call_command("ledger_key", "create", verbosity=0)
    subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "collectstatic", "--noinput"],
        env=os.environ | {"GUICHET_ENV": "demonstration"},
        stdout=subprocess.DEVNULL,
        check=True,
    )


@pytest.fixture(scope="session")
def network_template(migrated_template, django_db_blocker) -> str:
    with django_db_blocker.unblock():
        databases.ensure_template(NETWORK, _build_network)
    return NETWORK


@pytest.fixture
def portal(network_template, clean_cache, tmp_path, request) -> Portal:
    """The product on a network without requests; `pytest.mark.sites("chu-rennes")` names the
    sites whose program runs too. What a copy before this one cached is forgotten: it would have
    sent somebody their message a moment ago."""
    mark = request.node.get_closest_marker("sites")
    name = f"journey_{PROCESS}"
    databases.clone(network_template, name)
    portal = Portal(name, tmp_path, sites=mark.args if mark else ())
    try:
        yield portal.start()
    finally:
        portal.stop()
        databases.drop(name)


class Someone:
    """A person at a browser of their own."""

    def __init__(self, page: Page, portal: Portal, hand: type[Mouse] = Mouse):
        self.page, self.portal, self.hand = page, portal, hand(page)

    def enter(self, name: str) -> "Someone":
        """Come in: by one click as a named person of the demonstration, or by a session made for
        another one."""
        if name not in people_of_the_network.NAMED:
            cookie = people_of_the_network.session_cookie(self.portal, name)
            self.page.context.add_cookies([cookie])
        else:
            self.go("/demonstration")
            self.hand.press(self.page.get_by_role("button", name=name))
            self.page.wait_for_url(lambda address: "/demonstration" not in address)
        return self

    def go(self, path: str) -> "Someone":
        answer = self.page.goto(f"{self.portal.address}{path}")
        assert answer.status < 400, f"{path}: {answer.status}"
        return self

    def check_accessible(self) -> None:
        """No violation by axe, one h1, nothing that scrolls sideways."""
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()
        expect(self.page.locator("h1")).to_have_count(1)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{self.page.url}: {wide} px too wide"


@pytest.fixture
def people(browser, portal) -> Callable[..., Someone]:
    """`people("Marion Le Gall")` is that person, come in, who stays at the same browser; a reader
    without a name is another one each time. `width=390` on a phone; `hand=Keyboard` without a
    mouse."""
    contexts, already = [], {}

    def come(name: str | None = None, *, width: int = 1280, hand: type[Mouse] = Mouse) -> Someone:
        if name is None:
            return arrive(width, hand)
        who = (name, width, hand)
        if who not in already:
            already[who] = arrive(width, hand).enter(name)
        return already[who]

    def arrive(width: int, hand: type[Mouse]) -> Someone:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="fr-FR")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.mistakes = []
        page.on("pageerror", lambda error: page.mistakes.append(str(error)))
        return Someone(page, portal, hand)

    yield come
    mistakes = [m for context in contexts for page in context.pages for m in page.mistakes]
    for context in contexts:
        context.close()
    assert mistakes == []
