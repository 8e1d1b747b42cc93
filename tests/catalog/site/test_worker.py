"""The real program: a process a site, real Redis, the portal's own address for reports."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from django.utils import timezone

from catalog.domain.demonstration_sites import provision_demonstration
from catalog.domain.orders import cancel_order, issue_order, sweep_orders
from catalog.models import SiteOrder
from catalog.orders import instant
from catalog.site.application import application
from catalog.site.settings import SiteSettings
from governance import outbox
from tests.catalog.site.making import EVERYONE, NUMBER, PROJECT, STUDY
from tests.live_server import live_server
from tests.people import establishment

CHECKOUT = Path(__file__).resolve().parents[3]
WAIT = 90  # seconds; the machine of a test may be busy


@pytest.fixture
def portal(committed_db, settings):
    """The address of a portal that listens."""
    settings.ALLOWED_HOSTS = ["localhost"]
    with live_server() as found:
        yield found


@pytest.fixture
def sites(committed_db, tmp_path, settings, broker):
    """Two provisioned sites, in two folders that share nothing."""
    settings.SITES_ROOT = tmp_path / "sites"
    settings.ORDER_KEY_FILE = str(tmp_path / "order.key")
    for slug in ("chu-rennes", "ico"):
        establishment(slug)
    provision_demonstration(at=timezone.now(), patients=2_500)
    return settings.SITES_ROOT


@contextmanager
def worker(sites: Path, slug: str, portal: str, **environment):
    """The program of `slug`, stopped at the end."""
    said = os.environ | {
        "SITE_FOLDER": str(sites / slug),
        "SITE_PORTAL_URL": portal,
        "PYTHONPATH": str(CHECKOUT),
        **environment,
    }
    said.pop("DATABASE_URL", None)
    with (sites / f"{slug}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "catalog.site", slug],
            env=said,
            cwd=sites,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


def given(kind: str, slug: str, **body) -> SiteOrder:
    """An order issued, and handed to the broker by the outbox."""
    order = issue_order(kind, slug, body, by=None, at=timezone.now())
    outbox.deliver()
    return order


def study(**changed) -> dict:
    return {
        "number": NUMBER,
        "project": PROJECT,
        "cohort": EVERYONE,
        "delivery_kind": "pseudonymised",
        "variables": STUDY,
        "period": {"from": "2015-01-01", "to": "2024-12-31"},
        "true_dates": False,
        "objections_before": instant(timezone.now()),
        "launched_by": "3d2c7bd5-3c4e-4a43-9d6a-3a8a5f1b2c3d",
    } | changed


def ended(order: SiteOrder, sites: Path) -> SiteOrder:
    """The order once its site said its last word."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        order.refresh_from_db()
        if order.state not in SiteOrder.LIVE:
            return order
        time.sleep(0.1)
    pytest.fail(f"no answer: {(sites / f'{order.establishment_id}.log').read_text()[-3000:]}")


def test_orders_reach_their_sites_and_their_reports_the_portal(sites, portal):
    orders = {slug: given("extract", slug, **study()) for slug in ("chu-rennes", "ico")}
    count = given("count", "ico", cohort=EVERYONE, number=None)
    with worker(sites, "chu-rennes", portal) as program, worker(sites, "ico", portal):
        for slug, order in orders.items():
            done = ended(order, sites)
            assert (done.state, done.result["manifest"]["site"]) == ("done", slug)
            assert done.progress["of"] == 5
            folder = sites / slug / "spaces" / NUMBER / order.hash[:16]
            assert (folder / "measurement.parquet").exists()
            assert not (sites / slug / "spaces" / NUMBER).stat().st_mode & 0o077
        # It gives way to the portal's pages, where they share a machine.
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, program.pid) == min(own + 10, 19)
        counted = ended(count, sites).result
        assert counted["masked"] is False and counted["persons"] % 5 == 0
        destroyed = issue_order(
            "destroy", "ico", {}, by=None, at=timezone.now(), target=orders["ico"]
        )
        outbox.deliver()
        assert ended(destroyed, sites).state == "done"
        assert not (sites / "ico/spaces" / NUMBER / orders["ico"].hash[:16]).exists()


def test_a_worker_killed_in_the_middle_is_followed_by_one_that_delivers(sites, portal):
    order = given("extract", "ico", **study())
    with worker(sites, "ico", portal) as victim:
        deadline = time.monotonic() + WAIT
        while not list((sites / "ico/spaces/.partial").glob("*/person.parquet")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        victim.kill()
        victim.wait()
    assert not (sites / "ico/spaces" / NUMBER).exists()
    with worker(sites, "ico", portal):
        # The broker gives a killed worker's order back late; the portal's sweep does not wait.
        order.refresh_from_db()
        SiteOrder.objects.filter(pk=order.pk).update(lease_until=timezone.now())
        assert sweep_orders(at=timezone.now()) == 1
        outbox.deliver()
        assert ended(order, sites).state == "done"


def test_a_portal_that_was_away_gets_the_reports_when_it_is_back(sites, portal):
    order = given("count", "ico", cohort=EVERYONE, number=None)
    spool = sites / "ico/reports"
    with worker(sites, "ico", "http://localhost:9"):
        deadline = time.monotonic() + WAIT
        while not any(path.suffix == ".count" for path in spool.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    order.refresh_from_db()
    assert order.state == SiteOrder.State.SENT
    with worker(sites, "ico", portal):
        assert ended(order, sites).state == "done"
    assert list(spool.iterdir()) == []


def test_a_cancellation_overtakes_the_order_it_cancels(sites, portal, broker):
    """The target's message is lost; the cancellation alone ends it."""
    order = given("extract", "ico", **study())
    broker.empty()
    cancellation = cancel_order(order, by=None, at=timezone.now())
    outbox.deliver()
    with worker(sites, "ico", portal):
        assert ended(order, sites).state == "cancelled"
        assert ended(cancellation, sites).state == "cancelled"
    assert not (sites / "ico/spaces" / NUMBER).exists()


def test_a_cancellation_is_read_while_the_site_is_busy(sites, portal):
    order = given("extract", "chu-rennes", **study())
    with worker(sites, "chu-rennes", portal):
        deadline = time.monotonic() + WAIT
        while not list((sites / "chu-rennes/spaces/.partial").glob("*")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        cancellation = cancel_order(order, by=None, at=timezone.now())
        outbox.deliver()
        # It arrives between two tables, or the extraction was quicker: never half of each.
        pair = (ended(order, sites).state, ended(cancellation, sites).state)
        assert pair in {("cancelled", "cancelled"), ("done", "refused")}
        delivered = (sites / "chu-rennes/spaces" / NUMBER).exists()
        assert delivered == (pair[0] == "done")


def test_a_site_reads_its_own_queue_only(sites, portal):
    order = given("count", "ico", cohort=EVERYONE, number=None)
    other = given("count", "chu-rennes", cohort=EVERYONE, number=None)
    with worker(sites, "chu-rennes", portal):
        assert ended(other, sites).state == "done"
    order.refresh_from_db()
    assert order.state == SiteOrder.State.SENT


def test_without_the_key_of_the_portal_the_program_does_not_start(sites, portal):
    for path in (sites / "ico/keys").glob("portal*.pub"):
        path.unlink()
    with worker(sites, "ico", portal) as process:
        assert process.wait(WAIT) == 2
    assert "no key of the portal" in (sites / "ico.log").read_text()


def test_a_site_confined_to_its_own_keys_works_and_sees_no_other(sites, portal, broker):
    """The access list of docs/operator/site.md, given to the real server."""
    client = broker.connection.default_channel.client
    prefix = client.global_keyprefix
    user = f"site-ico-{os.getpid()}"
    client.execute_command("ACL", "SETUSER", user, "on", ">a-secret", *access_list(prefix, "ico"))
    address = broker.connection.as_uri(include_password=True).replace(
        "redis+socket://", f"redis+socket://{user}:a-secret@"
    )
    try:
        order = given("count", "ico", cohort=EVERYONE, number=None)
        given("count", "chu-rennes", cohort=EVERYONE, number=None)
        with worker(sites, "ico", portal, SITE_BROKER_URL=address):
            assert ended(order, sites).state == "done"
        confined = redis.Redis(
            unix_socket_path=client.connection_pool.connection_kwargs["path"],
            username=user,
            password="a-secret",
        )
        for key in ("site.chu-rennes", "portal", "unacked"):
            with pytest.raises(redis.exceptions.NoPermissionError):
                confined.lrange(f"{prefix}{key}", 0, -1)
        with pytest.raises(redis.exceptions.NoPermissionError):
            confined.keys("*")
    finally:
        client.execute_command("ACL", "DELUSER", user)


def access_list(prefix: str, site: str) -> list[str]:
    """The rules of docs/operator/site.md for the user of one site."""
    page = (CHECKOUT / "docs/operator/site.md").read_text()
    (block,) = re.findall(r"```acl\n(.*?)```", page, re.DOTALL)
    return block.replace("PREFIX", prefix).replace("NAME", site).split()


def test_a_site_takes_no_part_in_django(tmp_path, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "nowhere.settings")
    assert application(SiteSettings("chu-rennes", tmp_path)).fixups == ()
