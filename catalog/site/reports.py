"""Reports to the portal: signed, kept on the disk, sent until it has them.

A report is a file of ``reports/`` before it is sent, so that neither a crash nor a silent portal
loses one; those of one order leave in their sequence. A sign of life or of progress replaces the
one before it that has not left. The portal's answer decides: taken, refused for good (and dropped,
the log says so), or to be sent again.
"""

import hashlib
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.orders import canonical, instant, sign_report
from catalog.site.files import private_folder, write
from catalog.site.journal import Entry, Journal
from catalog.site.settings import SiteSettings

log = structlog.get_logger(__name__)

REPLACED = ("progress", "heartbeat")
WITNESS = "witness"
FOR_GOOD = {400, 409, 413, 422}
LONGEST_WAIT = 60.0
"""Most seconds between two attempts."""
FAREWELL = 5.0
"""Seconds given to the report being sent when the program stops."""


class Answer(Enum):
    """What the portal made of a report."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"


Post = Callable[[bytes, str], Answer]


class Reports:
    """The spool of one site and how it empties."""

    def __init__(self, settings: SiteSettings, key: Ed25519PrivateKey, post: Post | None = None):
        self.site = settings.site
        self.folder = private_folder(settings.spool)
        self.key = key
        self.post = post or _Portal(settings).post
        self.waiting = threading.Event()
        self._sending = threading.Lock()

    def say(
        self,
        kind: str,
        body: dict,
        *,
        at: datetime,
        entry: Entry | None = None,
        journal: Journal | None = None,
    ) -> dict:
        """Keep a report to be sent, about the order of `entry` if there is one; gives it back."""
        report = {
            "site": self.site,
            "order": entry.order if entry else None,
            "sequence": journal.next_sequence(entry) if entry and journal else 0,
            "at": instant(at),
            "kind": kind,
            "body": body,
        }
        if entry and kind in REPLACED:
            for path in self.folder.glob(f"{entry.order}.*"):
                if path.suffix.removeprefix(".") in REPLACED:
                    path.unlink(missing_ok=True)
        self.keep(report)
        return report

    def keep(self, report: dict) -> None:
        """Put `report` among those to be sent, once however often it is kept."""
        payload = canonical(report)
        name = f"{_thread_of(report, payload)}.{report['sequence']:08d}.{report['kind']}"
        signed = {"payload": payload.decode(), "signature": sign_report(payload, self.key)}
        write(self.folder / name, json.dumps(signed).encode())
        self.waiting.set()

    def send(self) -> bool:
        """Send what waits, oldest first within each order; True when nothing is left.

        After a report that must wait, the others of its order wait too.
        """
        with self._sending:
            held = set()
            for path in sorted(self.folder.iterdir()):
                if path.name.startswith("."):
                    continue
                order = path.name.split(".")[0]
                if order not in held and not self._send(path):
                    held.add(order)
            return not held

    def _send(self, path: Path) -> bool:
        try:
            signed = json.loads(path.read_bytes())
        except FileNotFoundError:
            return True  # replaced meanwhile
        answer = self.post(signed["payload"].encode(), signed["signature"])
        if answer is Answer.LATER:
            return False
        if answer is Answer.REFUSED:
            log.error("report_refused", report=path.name)
        path.unlink(missing_ok=True)
        return True


def _thread_of(report: dict, payload: bytes) -> str:
    """What a report follows the others of: its order; for a witness, what it says of the register,
    of which only the last word is worth sending."""
    if report["kind"] == WITNESS:
        return f"{WITNESS}-{report['body']['says']}"
    return report["order"] or "none-" + hashlib.sha256(payload).hexdigest()[:16]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET, and its answer mean nothing."""

    def redirect_request(self, *_arguments):
        return None


class _Portal:
    """The portal's door for reports."""

    def __init__(self, settings: SiteSettings):
        self.settings = settings
        self.opener = urllib.request.build_opener(_NoRedirect)

    def post(self, payload: bytes, signature: str) -> Answer:
        request = urllib.request.Request(
            f"{self.settings.portal_url.rstrip('/')}/api/v1/site/reports",
            data=payload,
            headers={
                "Content-Type": "application/json",
                "X-Site": self.settings.site,
                "X-Signature": signature,
            },
        )
        try:
            with self.opener.open(request, timeout=self.settings.timeout):
                return Answer.TAKEN
        except urllib.error.HTTPError as error:
            said = error.read(4_096)
            # 404 is also what a wrong address or a portal being installed answers.
            unknown = error.code == 404 and b"unknown_order" in said
            log.warning("report_not_taken", status=error.code)
            return Answer.REFUSED if unknown or error.code in FOR_GOOD else Answer.LATER
        except OSError as error:
            log.warning("portal_silent", why=str(error)[:200])
            return Answer.LATER


class Courier(threading.Thread):
    """Empties the spool for as long as the program runs."""

    def __init__(self, reports: Reports):
        super().__init__(name="courier", daemon=True)
        self.reports = reports
        self.stopping = threading.Event()

    def run(self) -> None:
        wait = 0.5
        while not self.stopping.is_set():
            self.reports.waiting.clear()
            try:
                empty = self.reports.send()
            except OSError as error:
                log.error("spool_unreadable", why=str(error)[:200])
                empty = False
            if empty:
                wait = 0.5
                self.reports.waiting.wait(LONGEST_WAIT)
            else:
                self.stopping.wait(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    def stop(self) -> None:
        self.stopping.set()
        self.reports.waiting.set()
        self.join(FAREWELL)
