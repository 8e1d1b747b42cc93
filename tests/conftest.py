"""What every test may use.

`db` (and `pytest.mark.django_db`): a database of the process's own, rolled back after each test,
used as the application's role, which may not change append-only tables.
`committed_db`: for tests in which transactions must really commit (threads, workers, `on_commit`):
a fresh clone, dropped afterwards. `django_db(transaction=True)` would truncate append-only tables,
which is refused: ask for `committed_db` instead.
"""

import gc
import gettext
import os

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.utils import translation
from django.utils.translation import trans_real
from playwright.sync_api import sync_playwright

from governance import typography
from governance.charters import library
from governance.process import replay
from governance.queries import charters
from tests import databases, once
from tests.caches import forget_cache

# Each test begins with the charters shipped, read without a database; those about adopted ones ask
# for the fixture `adopted_charters`.
library.use(library.Nothing())

# How long an example takes says how busy the machine is, not whether the rule holds.
hypothesis.settings.register_profile("any_machine", deadline=None)
hypothesis.settings.load_profile("any_machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have two of the processes that share the tests begin with half of the journeys each, which
    last the longest. Each process is given an equal part of the list, then takes from others."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    journeys = [item for item in items if "journeys" in item.path.parts]
    others = [item for item in items if "journeys" not in item.path.parts]
    halves = [journeys[0::2], journeys[1::2]] if processes > 1 else [journeys]
    left, items[:] = len(items), []
    for waiting in range(processes, 0, -1):
        part = halves.pop(0) if halves else []
        more = max(left // waiting - len(part), 0)
        items += part + others[:more]
        others, left = others[more:], left - len(part) - more
    items += others


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what was imported, which stays to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown():
    """Leave the copy of the database in which a test began by something done once."""
    try:
        return (yield)
    finally:
        once.back_to_own()


@pytest.fixture(scope="session", autouse=True)
def ordinary_spaces():
    """A test reads French sentences with the spaces of its keyboard, as the sources write them;
    how they are set is tested with the catalogue (`tests/portal/servers/test_messages.py`)."""
    compiled = gettext.translation("django", settings.LOCALE_PATHS[0], [settings.LANGUAGE_CODE])
    for catalogue in trans_real.translation(settings.LANGUAGE_CODE)._catalog._catalogs:
        for key in catalogue.keys() & compiled._catalog.keys() - {""}:
            said = catalogue[key].replace(typography.NARROW, " ")
            catalogue[key] = said.replace(typography.NO_BREAK, " ")


@pytest.fixture(autouse=True)
def no_language_left():
    """Each test begins in French: a page leaves the language of its reader in the process."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def migrated_template(django_db_blocker) -> str:
    """The name of a database with the tables and no row of ours."""
    with django_db_blocker.unblock():
        databases.ensure_template(databases.MIGRATED, databases.migrate)
    return databases.MIGRATED


@pytest.fixture(scope="session")
def django_db_setup(migrated_template, django_db_blocker):
    """Give this process its own copy of the migrated database (pytest-django asks for it)."""
    with django_db_blocker.unblock():
        databases.clone(migrated_template, once.OWN)
        databases.point_django_at(once.OWN)
    yield
    with django_db_blocker.unblock():
        connections["default"].close()


@pytest.fixture
def committed_db(request, django_db_setup, migrated_template, django_db_blocker):
    """A database in which transactions commit, this test's alone. Gives its name."""
    if {"db", "transactional_db", "django_user_model"} & set(request.fixturenames):
        pytest.fail("committed_db stands alone: db (and django_user_model) would roll it back")
    name = f"{once.OWN}_committed"
    before = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock():
        databases.clone(migrated_template, name)
        databases.point_django_at(name)
        try:
            yield name
        finally:
            databases.point_django_at(before)
            databases.drop(name)


@pytest.fixture
def clean_cache():
    """The cache, empty before and after."""
    forget_cache()
    yield cache
    forget_cache()


@pytest.fixture
def adopted_charters():
    """The charters adopted in this test, read from its database each time."""

    class Read(charters.AdoptedTexts):
        def adopted(self):
            return charters.read_adopted()

    before = library.use(Read())
    yield
    library.use(before)
    replay.clauses_of_step.cache_clear()


@pytest.fixture(scope="session")
def application_role() -> str:
    """The name of the database role the portal runs as."""
    return settings.DATABASE_APPLICATION_ROLE


@pytest.fixture(scope="session")
def browser():
    """Chromium, one a process: Playwright cannot be started twice in one."""
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code
    # and give other connections: one left open would serve a process forked later, which has no
    # loop, with what this one's database was.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    connections.close_all()
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "chromium"),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        yield found
        found.close()
