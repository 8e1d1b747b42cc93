"""What the third party does of a request: verify, compute stage 2, remember that it did.

A grant serves for one set of values. Asked again for the same ones (a site that was stopped on the
way) it gives the same answer; for others it refuses, so that a site cannot try out values on an
authorisation it holds. ``grants/<hash>.json`` keeps the digest of the set, never a value;
``journal.jsonl`` says who asked, for which project, how many persons, and what was answered.
"""

import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nacl.public import Box, PublicKey

from catalog.linkage import (
    VERSION,
    Grant,
    LinkageRefused,
    key_for,
    seal,
    unseal,
    verify_grant,
)
from catalog.orders import instant
from catalog.site.files import private_folder, write
from catalog.site.keys import portal_keys
from catalog.third_party import keys


def now() -> datetime:
    return datetime.now(UTC)


class ThirdParty:
    """The third party in its folder. `clock` gives the instant."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = now):
        self.folder, self.clock = folder, clock
        self.grants = private_folder(folder / "grants")
        self._lock = threading.Lock()
        # Keys that cannot be used are said at the start, not at the first request.
        keys.network_secret(folder)
        keys.box_key(folder)
        portal_keys(folder / "keys")

    def answer(self, site: str, envelope: Any, sealed: bytes) -> bytes:
        """The links that `site` asked for in `sealed`, sealed for it; its grant is in `envelope`.

        Raises LinkageRefused, after the journal was told.
        """
        try:
            grant, values, links, box = self._answer(site, envelope, sealed)
        except LinkageRefused as refused:
            self._note("refused", site=site[:60], reason=refused.reason)
            raise
        self._note(
            "answered",
            site=site,
            number=grant.body["number"],
            project=grant.project,
            grant=grant.hash,
            decision=grant.body["decision"],
            persons=len(values),
        )
        header = {"version": VERSION, "says": "stage2", "grant": grant.hash}
        return seal(box, header, links)

    def admit(self, site: str, envelope: Any) -> None:
        """Raise LinkageRefused, after the journal was told, where `site` or its grant is enough to
        refuse: before a long request is even read."""
        try:
            self._admitted(site, envelope)
        except LinkageRefused as refused:
            self._note("refused", site=site[:60], reason=refused.reason)
            raise

    def _admitted(self, site: str, envelope: Any) -> tuple[PublicKey, Grant]:
        public = keys.key_of_site(self.folder, site)
        if public is None:
            raise LinkageRefused("unknown_site")
        trusted = portal_keys(self.folder / "keys")
        return public, verify_grant(envelope, trusted, site=site, at=self.clock())

    def _answer(
        self, site: str, envelope: Any, sealed: bytes
    ) -> tuple[Grant, list[bytes], list[bytes], Box]:
        public, grant = self._admitted(site, envelope)
        box = Box(keys.box_key(self.folder), public)
        header, values = unseal(box, sealed)
        if header.get("version") != VERSION or header.get("says") != "stage1":
            raise LinkageRefused("malformed")
        if header.get("project") != grant.project:
            raise LinkageRefused("project")
        if header.get("grant") != grant.hash:
            raise LinkageRefused("replayed")
        self._once(grant, values)
        secret = keys.network_secret(self.folder)
        key = key_for(secret, purpose="network", project=grant.project)
        return grant, values, [hmac.digest(key, each, hashlib.sha256) for each in values], box

    def _once(self, grant: Grant, values: list[bytes]) -> None:
        """Raise LinkageRefused when `grant` has served for other values."""
        digest = hashlib.sha256(b"".join(values)).hexdigest()
        path = self.grants / f"{grant.hash}.json"
        with self._lock:
            try:
                served = json.loads(path.read_bytes())["values"]
            except FileNotFoundError:
                said = {"values": digest, "valid_until": grant.body["valid_until"]}
                write(path, json.dumps(said).encode())
                return
        if served != digest:
            raise LinkageRefused("replayed")

    def _note(self, act: str, **values) -> None:
        line = json.dumps({"at": instant(self.clock()), "act": act, **values}, ensure_ascii=False)
        with self._lock:
            descriptor = os.open(
                self.folder / "journal.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
            )
            with os.fdopen(descriptor, "ab") as file:
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        print(line, flush=True)
