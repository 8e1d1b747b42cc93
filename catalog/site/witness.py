"""The establishment as a witness of the public register.

On its own clock, never on the portal's word, the site reads the last checkpoint, checks that it is
signed by the register's key and continues the last one that it saw, and only then cosigns it. What
it saw stands in its journal (``deliveries/ledger.json``), written before anything is said. A
register that forked, was shortened or is signed by another key is never cosigned: the site says so
to the portal, with both checkpoints, and keeps them.

The register's key is that of ``keys/ledger.vkey``. Where there is none, the first that is seen is
kept there: put the one obtained by other means to trust nobody. A key that the last one announced,
and signed, takes its place.
"""

import base64
import binascii
import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.orders import instant, read_instant
from catalog.site.files import private_folder, write
from catalog.site.journal import Journal
from catalog.site.ledger import PublishedLedger, Unreadable
from catalog.site.reports import WITNESS, Reports
from catalog.site.settings import SiteSettings
from governance.ledger.continuity import Finding, judge
from governance.ledger.cosignature import cosign, witness_name
from governance.ledger.note import (
    CheckpointText,
    NoteError,
    Signature,
    Verifier,
    WrongSignature,
    announcement,
    open_note,
    read_note,
    signature_by,
    unverified_text,
)

log = structlog.get_logger(__name__)

SAY_AGAIN = timedelta(minutes=10)
"""Between two statements when nothing changes: it is also how silence is told from agreement."""
PATIENCE = timedelta(minutes=2)
"""How long a shorter or unprovable register must last before it is said: a cache on the way may
keep a checkpoint for a minute."""
OTHER_KEY = "other_key"
AT_ONCE = (Finding.FORKED, OTHER_KEY)


@dataclass
class Seen:
    """What this witness remembers.

    `note` is the last checkpoint it cosigned, as the register signed it; `says` what it said last,
    of which size and when; `doubt` what it has found since `doubt_since` instead of agreeing.
    """

    note: str = ""
    says: str = ""
    size: int = -1
    at: str = ""
    doubt: str = ""
    doubt_since: str = ""


class Witness:
    """The witness of one site."""

    def __init__(
        self,
        settings: SiteSettings,
        key: Ed25519PrivateKey,
        *,
        reports: Reports,
        journal: Journal,
        clock: Callable[[], datetime],
    ):
        self.settings, self.key = settings, key
        self.reports, self.journal, self.clock = reports, journal, clock
        self.ledger = PublishedLedger(settings)
        self.memory = settings.journal / "ledger.json"
        self.trusted = settings.keys / "ledger.vkey"

    def look(self) -> str:
        """Look at the register once; gives what was found: a Finding, ``other_key``, or
        ``unreadable`` or ``busy`` when nothing could be found."""
        with self._alone() as mine:
            if not mine:
                return "busy"
            try:
                return self._look()
            except Unreadable as error:
                log.warning("ledger_unreadable", why=str(error)[:200])
                return "unreadable"

    def _look(self) -> str:
        seen = self._remembered()
        note = self.ledger.text("checkpoint")
        kept = CheckpointText.parse(unverified_text(seen.note)) if seen.note else None
        shown = self._opened(note)
        if shown is None:
            found = OTHER_KEY
        else:
            found = judge(kept, shown, self.ledger.tiles_of(shown.size))
        if found == Finding.AGREES:
            self._attest(seen, note, shown)
        else:
            self._doubt(seen, found, note)
        return str(found)

    # --- the register's key ------------------------------------------------------------------

    def _opened(self, note: str) -> CheckpointText | None:
        """What a checkpoint says, once the trusted key's signature holds; None when another key
        signed it. Raises Unreadable where it is no checkpoint."""
        try:
            text, signatures = read_note(note)
            said = CheckpointText.parse(text)
        except NoteError as error:
            raise Unreadable(f"checkpoint: {error}") from error
        if said.text != text:
            raise Unreadable("the checkpoint has more lines than it should")
        verifier = self._trusted_key()
        if said.origin != verifier.name:
            return None
        for key in (verifier, *self._keys_after(verifier, said, signatures)):
            try:
                open_note(note, key)
            except WrongSignature:
                continue
            if key != verifier:
                self._trust(key)
            return said
        return None

    def _trusted_key(self) -> Verifier:
        try:
            return Verifier.parse(self.trusted.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise Unreadable(f"{self.trusted}: {error}") from error
        try:
            verifier = Verifier.parse(self.ledger.text("vkey").strip())
        except NoteError as error:
            raise Unreadable(f"vkey: {error}") from error
        self._trust(verifier)
        return verifier

    def _trust(self, verifier: Verifier) -> None:
        write(self.trusted, f"{verifier.vkey}\n".encode())
        self.journal.note(self.clock(), "ledger_key", vkey=verifier.vkey)

    def _keys_after(
        self, trusted: Verifier, said: CheckpointText, signatures: list[Signature]
    ) -> list[Verifier]:
        """The keys that the trusted one announced, and they in turn, as the leaves say; none is
        looked for where the trusted one is said to have signed."""
        if any(each.blob[:4] == trusted.hash for each in signatures):
            return []
        chain = [trusted]
        for payload in reversed(list(self.ledger.announcements(said.size))):
            try:
                new = Verifier.parse(payload["new"])
                signature = base64.b64decode(payload["signature"], validate=True)
            except (KeyError, TypeError, AttributeError, ValueError, binascii.Error):
                continue
            follows = payload.get("old") == chain[-1].vkey and new.name == trusted.name
            if follows and chain[-1].verify(announcement(new.vkey), signature):
                chain.append(new)
        return chain[1:]

    # --- what is said ------------------------------------------------------------------------

    def _attest(self, seen: Seen, note: str, shown: CheckpointText) -> None:
        now = self.clock()
        new = not seen.note or unverified_text(seen.note) != shown.text
        said = seen.says == Finding.AGREES and seen.size == shown.size
        if not new and said and not self._is_time(seen, now):
            if seen.doubt:
                self._remember(seen, doubt="", doubt_since="")
            return
        own = signature_by(self._trusted_key(), read_note(note)[1]).line
        log_note = f"{shown.text}\n{own}\n"
        # On the disk before it is said: no crash makes this witness cosign two registers.
        self._remember(seen, note=log_note, doubt="", doubt_since="")
        line = cosign(
            shown.text,
            name=witness_name(shown.origin, self.settings.site),
            key=self.key,
            at=now,
        )
        self._say(seen, Finding.AGREES, shown.size, {"checkpoint": log_note + line})
        if new:
            self.journal.note(now, "checkpoint", size=shown.size, root=shown.root.hex())

    def _doubt(self, seen: Seen, found: str, note: str) -> None:
        now = self.clock()
        if seen.doubt != found:
            self._remember(seen, doubt=str(found), doubt_since=instant(now))
            self.journal.note(now, f"ledger_{found}", kept=seen.note, shown=note)
        lasts = now - read_instant(seen.doubt_since)
        if found not in AT_ONCE and lasts < PATIENCE:
            return
        log.error("ledger_contradicts", found=str(found), kept=seen.note, shown=note)
        if seen.says != found or self._is_time(seen, now):
            self._say(seen, found, -1, {"kept": seen.note, "shown": note})

    def _is_time(self, seen: Seen, now: datetime) -> bool:
        # A clock that was put back must not silence the witness.
        return abs(now - read_instant(seen.at)) >= SAY_AGAIN

    def _say(self, seen: Seen, says: str, size: int, notes: dict) -> None:
        now = self.clock()
        self.reports.say(WITNESS, {"says": str(says), **notes}, at=now)
        self._remember(seen, says=str(says), size=size, at=instant(now))

    # --- what is remembered ------------------------------------------------------------------

    def _remembered(self) -> Seen:
        try:
            return Seen(**json.loads(self.memory.read_bytes()))
        except FileNotFoundError:
            return Seen()
        except (ValueError, TypeError) as error:
            # Forgetting would cosign whatever is shown: a person looks.
            raise Unreadable(f"{self.memory} is damaged: restore it") from error

    def _remember(self, seen: Seen, **values: object) -> None:
        for name, value in values.items():
            setattr(seen, name, value)
        write(self.memory, json.dumps(asdict(seen), ensure_ascii=False, indent=1).encode())

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """One look at a time in this folder, whichever process makes it."""
        path: Path = private_folder(self.settings.locks) / "ledger.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(descriptor)


class Lookout(threading.Thread):
    """Has the witness look for as long as the program runs."""

    def __init__(self, witness: Witness):
        super().__init__(name="lookout", daemon=True)
        self.witness = witness
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.witness.look()
            except Exception:
                # Whatever it is, orders are served, and the next look may succeed.
                log.exception("witness_disturbed")
            self.stopping.wait(self.witness.settings.witness)
