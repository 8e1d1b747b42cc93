"""The whole product, running for real, for one journey: web server, worker, sites.

Each journey has its own database, mails and place in the broker. Time passes by starting the
programs again under a later date (libfaketime): what they write is then of that date.
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
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal.servers.places import CHECKOUT, Places
from portal.servers.process import start
from portal.servers.run import site_environment

PYTHON = sys.executable
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
        if self.offset:
            found["LD_PRELOAD"] = os.environ["FAKETIME_LIBRARY"]
            found["FAKETIME"] = f"+{int(self.offset.total_seconds())}s"
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
        self.stop()
        self.offset += timedelta(**time_passed)
        self.start()
        self.sweep()

    def sweep(self) -> None:
        """Run every periodic task once, and wait until each is done."""
        code = (
            "from portal.schedule import EVERY_MINUTE, EVERY_MONTH, EVERY_NIGHT\n"
            "from portal.schedule import EVERY_WORKING_MORNING\n"
            "from portal.celery import app\n"
            "app.loader.import_default_modules()\n"
            "for name in (*EVERY_NIGHT, *EVERY_WORKING_MORNING, *EVERY_MONTH, *EVERY_MINUTE):\n"
            "    app.tasks[name]()\n"
        )
        self.manage("shell", "-v", "0", "-c", code)

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
                if words in f"{message['Subject']}\n{text}":
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
