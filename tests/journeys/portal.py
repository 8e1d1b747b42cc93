"""The whole product, running for real, for one journey: web server, worker, sites.

Each journey has its own database, mails and place in the broker. The programs read their date from
a file (libfaketime): time passes by writing a later one there, while they run.
"""

import email
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import psycopg
from django.utils import timezone
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from governance.charters import facts
from governance.typography import NARROW, NO_BREAK
from portal.celery import app as celery
from portal.schedule import (
    EVERY_MINUTE,
    EVERY_MONTH,
    EVERY_NIGHT,
    EVERY_WEEK,
    EVERY_WORKING_MORNING,
)
from portal.servers.places import CHECKOUT, Places
from portal.servers.process import start
from portal.servers.run import site_environment

PYTHON = sys.executable
CLOCK = Path(__file__).parent / "clock"
"""What programs that read their date from a file need to be told of, for Python."""
SEEN = 1.1
"""Seconds until programs have read a new date: libfaketime looks again when the second changes."""
CELERY = [PYTHON, "-m", "celery", "-A", "portal.celery"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Portal:
    """A running copy. `offset` is how far its date is from the machine's."""

    def __init__(self, database: str, folder: Path, *, sites: tuple[str, ...] = ()):
        self.folder, self.sites = folder, sites
        self.port, self.offset = free_port(), timedelta()
        self.address = f"http://localhost:{self.port}"
        self.mails = folder / "mails"
        self.mails.mkdir(parents=True)
        self.database, self.processes = database, []
        self.places = Places.from_environment()
        self.clock = folder / "clock"
        self._set_clock()

    def _set_clock(self) -> None:
        """Write the date where the programs read it, again when they look after `SEEN`."""
        later = self.clock.with_suffix(".new")
        later.write_text(f"+{int(self.offset.total_seconds())}s\n")
        later.replace(self.clock)

    def environment(self) -> dict[str, str]:
        found = dict(os.environ)
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            found[name] = _another_database(found[name], self.database)
        found |= {
            "GUICHET_ENV": "demonstration",
            "SITE_URL": self.address,
            "EMAIL_URL": f"filemail:///{self.mails}",
            "LEDGER_CHECKPOINT_FILE": str(self.folder / "checkpoint"),
            "ATTACHMENTS_ROOT": str(self.folder / "attachments"),
            "PYTHONUNBUFFERED": "1",
        }
        if library := os.environ.get("FAKETIME_LIBRARY"):
            # The date alone is moved, not the clock by which programs wait; and the "fix" of waits
            # on that clock is refused: Python's threads would turn round while they wait for each
            # other, a whole core for each.
            found |= {
                "LD_PRELOAD": library,
                "FAKETIME_TIMESTAMP_FILE": str(self.clock),
                "FAKETIME_CACHE_DURATION": "0",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_FORCE_MONOTONIC_FIX": "0",
                "PYTHONPATH": os.pathsep.join((str(CLOCK), str(CHECKOUT))),
            }
        return found

    def start(self) -> "Portal":
        environment = self.environment()
        web = [PYTHON, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}"]
        self._launch("web", [*web, "--worker-class", "gthread", "--threads", "4"], environment)
        worker = [*CELERY, "worker", "-Q", "portal", "--pool", "solo", "--loglevel", "INFO"]
        self._launch("worker", [*worker, "--without-gossip", "--without-mingle"], environment)
        for name in self.sites:
            own = environment | site_environment(self.places, name, self.address)
            self._launch(f"site-{name}", [PYTHON, "-m", "catalog.site", name], own)
        self._wait_for_page()
        return self

    def _launch(self, name: str, program: list, environment: dict[str, str]) -> None:
        log = self.folder / f"{name}.log"
        self.processes.append(start(program, log=log, env=environment, cwd=CHECKOUT))

    def _wait_for_page(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/health/live", timeout=5):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                if time.monotonic() > deadline or self.processes[0].poll() is not None:
                    raise AssertionError((self.folder / "web.log").read_text()[-3000:]) from None
                time.sleep(0.1)

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []

    def let_pass(self, **time_passed: float) -> None:
        """Let time pass (`days=…`), then do what beat would have done meanwhile."""
        assert os.environ.get("FAKETIME_LIBRARY"), "time passes with libfaketime, which is missing"
        self.offset += timedelta(**time_passed)
        self._set_clock()
        time.sleep(SEEN)
        self.sweep()

    def sweep(self) -> None:
        """Have every periodic task run once, in the order of a day: what the night asked to be
        told is told before the morning."""
        self.run(*EVERY_NIGHT, *EVERY_WEEK)
        self._wait_until_told()
        self.run(*EVERY_WORKING_MORNING, *EVERY_MONTH)
        self.run(*EVERY_MINUTE)

    def run(self, *names: str) -> None:
        """Have the worker run periodic tasks, and wait until each is done."""
        began, waiting = self.now(), set(names)
        for name in names:
            celery.send_task(name, ignore_result=True)
        deadline = time.monotonic() + 60
        while waiting:
            assert time.monotonic() < deadline, f"still to be run: {', '.join(sorted(waiting))}"
            time.sleep(0.1)
            ran = self.rows("SELECT name FROM governance_sweep WHERE last_run_at >= %s", began)
            waiting -= {name for (name,) in ran}

    def _wait_until_told(self) -> None:
        """Wait until nothing that is due stands in the outbox."""
        undone = (
            "SELECT count(*) FROM governance_message"
            " WHERE done_at IS NULL AND failed_at IS NULL AND due_at <= %s"
        )
        deadline = time.monotonic() + 60
        while self.rows(undone, self.now()) != [(0,)]:
            assert time.monotonic() < deadline, "messages stay in the outbox"
            time.sleep(0.1)

    def now(self) -> datetime:
        """The portal's instant."""
        return timezone.now() + self.offset

    def today(self) -> date:
        """The portal's day."""
        return facts.today(self.now())

    def manage(self, *arguments: str) -> str:
        """Run manage.py on this copy, at its date; return what it printed."""
        done = subprocess.run(
            [PYTHON, str(CHECKOUT / "manage.py"), *arguments],
            env=self.environment(),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def mails_to(self, address: str) -> list[EmailMessage]:
        """The messages sent to `address`, oldest first."""
        found = []
        for path in sorted(self.mails.iterdir(), key=lambda p: p.stat().st_mtime_ns):
            for part in re.split(rb"\n-{70,}\n", path.read_bytes()):
                if part.strip():
                    message = email.message_from_bytes(part.strip(), policy=default)
                    if address in str(message["To"]):
                        found.append(message)
        return found

    def wait_for_mail(self, address: str, words: str, seconds: float = 20) -> str:
        """The text of the first message to `address` that holds `words`, awaited."""
        deadline = time.monotonic() + seconds
        while True:
            for message in self.mails_to(address):
                text = message.get_body(("plain",)).get_content()
                said = f"{message['Subject']}\n{text}"
                if words in said.replace(NARROW, " ").replace(NO_BREAK, " "):
                    return text
            assert time.monotonic() < deadline, f"no mail to {address} with « {words} »"
            time.sleep(0.2)

    def rows(self, query: str, *values) -> list[tuple]:
        """What the database holds, read as its owner."""
        url = self.environment()["DATABASE_OWNER_URL"]
        with psycopg.connect(url) as connection:
            return connection.execute(query, values).fetchall()


def _another_database(url: str, name: str) -> str:
    """The same server's address, for another database."""
    if "://" not in url:
        return make_conninfo(url, dbname=name)
    known = conninfo_to_dict(url)
    head, _slash, tail = url.rpartition("/")
    assert tail.split("?")[0] == known["dbname"], url
    return f"{head}/{name}{tail[len(known['dbname']) :]}"
