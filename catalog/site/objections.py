"""Objections that come through the portal: opened here, kept here, left out of what is extracted.

A box is opened with the site's own key and nothing of what it says leaves the site. When it names
one person of the site's identities, the objection is kept under that person's number, and every
later count, extraction and table of aggregates reads it as a row of ``objection``, beside those of
the warehouse. When it names nobody, nothing is kept of it but that it came.

``objections/<objection>.json`` holds the outcome, the person's number, what they object to, and the
SHA-256 of the receipt: whoever says the receipt lifts that objection, and no other. The names that
were said are forgotten at once.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from catalog.orders import Order, instant
from catalog.sealed import SEALED_BYTES, Junk, Statement, read_statement, receipt_hash
from catalog.site.files import private_folder, write
from catalog.site.identities import find
from catalog.site.journal import Journal
from catalog.site.linkage import namer
from catalog.site.settings import SiteSettings
from catalog.warehouse.connection import Warehouse

APPLIED, LIFTED = "applied", "lifted"


@dataclass
class Kept:
    """An objection answered here. ``person`` is 0 where nobody was found."""

    objection: str
    receipt: str
    digest: str
    outcome: str
    at: str
    person: int = 0
    whom: str = ""
    scope: str = ""
    value: str = ""
    lifted: str = ""

    def covers(self, number: str | None, themes: set[str]) -> bool:
        """Whether it holds for a study of that number and these subjects."""
        if self.outcome != APPLIED or self.lifted:
            return False
        return (
            self.scope == "all"
            or (self.scope == "project" and self.value == number)
            or (self.scope == "theme" and self.value in themes)
        )


class Register:
    """The objections of one site, in its folder."""

    def __init__(self, settings: SiteSettings):
        self.settings = settings
        self.folder = private_folder(settings.objections)

    def find(self, objection: str) -> Kept | None:
        """What was answered to an objection (its id), if it was."""
        try:
            return Kept(**json.loads((self.folder / f"{objection}.json").read_bytes()))
        except FileNotFoundError:
            return None

    def all(self) -> list[Kept]:
        paths = sorted(self.folder.glob("*.json"))
        return [Kept(**json.loads(path.read_bytes())) for path in paths]

    def keep(self, kept: Kept) -> None:
        content = json.dumps(asdict(kept), sort_keys=True).encode()
        write(self.folder / f"{kept.objection}.json", content)

    def unanswered(self, objections: list[str]) -> int:
        """How many of these objections were not answered here yet."""
        return sum(not (self.folder / f"{name}.json").is_file() for name in objections)

    def persons(self, number: str | None, themes: set[str]) -> list[tuple[int, str]]:
        """The persons to leave out of a study, each with the instant of the objection."""
        held = {
            kept.person: kept.at for kept in reversed(self.all()) if kept.covers(number, themes)
        }
        return sorted(held.items())

    def receive(self, order: Order, key: PrivateKey, *, at: datetime) -> dict:
        """Answer an order to object or to lift; what the report says of it.

        Harmless twice. Raises WarehouseError when the identities cannot be read.
        """
        body = order.body
        if body["act"] == "lift":
            return self._lift(body, at=at)
        known = self.find(body["objection"])
        if known is None:
            known = self._answer(body, key, at=at)
            self.keep(known)
        said = {"outcome": known.outcome}
        if known.outcome == APPLIED:
            said |= {"identified": known.at, "applied": known.at}
        return said

    def _answer(self, body: dict, key: PrivateKey, *, at: datetime) -> Kept:
        digest = hashlib.sha256(body["sealed"].encode()).hexdigest()
        kept = Kept(body["objection"], body["receipt"], digest, "unreadable", instant(at))
        if any(other.digest == digest for other in self.all()):
            kept.outcome = "replayed"
            return kept
        try:
            statement = opened(body["sealed"], key)
        except Junk:
            return kept
        found = find(self.settings, statement)
        if len(found) != 1:
            kept.outcome = "ambiguous" if found else "not_found"
            return kept
        kept.outcome, kept.person, kept.whom = APPLIED, found[0], statement.whom
        kept.scope, kept.value = statement.scope, statement.value
        return kept

    def _lift(self, body: dict, *, at: datetime) -> dict:
        kept = self.find(body["objection"])
        if kept is None or kept.outcome != APPLIED or kept.receipt != receipt_hash(body["said"]):
            return {"outcome": "unknown"}
        if not kept.lifted:
            kept.lifted = instant(at)
            self.keep(kept)
        return {"outcome": LIFTED, "lifted": kept.lifted}


def opened(sealed: str, key: PrivateKey) -> Statement:
    """The statement in a box sealed for `key`; raises Junk when there is none."""
    try:
        box = base64.b64decode(sealed, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Junk("base64") from error
    if len(box) != SEALED_BYTES:
        raise Junk("length")
    try:
        return read_statement(SealedBox(key).decrypt(box))
    except CryptoError as error:
        raise Junk("key") from error


def leave_out(warehouse: Warehouse, persons: list[tuple[int, str]]) -> None:
    """Have `warehouse` read these persons as rows of its ``objection``, for as long as it is open.

    All that reads the table sees them: selection, counts, aggregates, and the inspection that
    looks for objectors in the files that were written.
    """
    if not persons or "objection" not in warehouse.tables:
        return
    added = pa.table(
        {
            "person_id": pa.array([person for person, _at in persons], pa.int64()),
            "since": pa.array([datetime.fromisoformat(at).date() for _person, at in persons]),
        }
    )
    own = warehouse.tables["objection"]
    if not warehouse.local:
        both = own.select("person_id", "since").union(ibis.memtable(added))
        warehouse.tables["objection"] = both
        return
    connection = warehouse.duckdb
    connection.execute("ALTER VIEW objection RENAME TO objection_of_the_warehouse")
    connection.register("objection_said", added)
    connection.execute("CREATE TABLE objection_of_the_portal AS SELECT * FROM objection_said")
    connection.unregister("objection_said")
    connection.execute(
        "CREATE VIEW objection AS SELECT * FROM objection_of_the_warehouse"
        " UNION ALL BY NAME SELECT * FROM objection_of_the_portal"
    )
    warehouse.tables["objection"] = warehouse.backend.table("objection")


def holding(
    kept: Kept, journal: Journal, settings: SiteSettings, secret: Callable[[], bytes]
) -> list[str]:
    """The orders whose delivery here still holds the person of an objection that covers them.

    Found by the person's pseudonym in each delivery; aggregates hold nobody.
    """
    found = []
    for entry in journal.deliveries():
        place = settings.spaces / entry.space
        manifest = manifest_in(place)
        if manifest.get("delivery_kind") != "pseudonymised":
            continue
        if not kept.covers(manifest["number"], set(entry.themes)):
            continue
        if _holds(place, namer(settings, secret(), manifest)(kept.person)):
            found.append(entry.order)
    return found


def manifest_in(place: Path) -> dict:
    """What a delivery's manifest says; nothing where there is none."""
    try:
        return json.loads((place / "manifest.json").read_bytes())
    except FileNotFoundError:
        return {}


def _holds(place: Path, pseudonym: str) -> bool:
    return any(
        pq.read_table(file, columns=["person_id"], filters=[("person_id", "=", pseudonym)]).num_rows
        for file in sorted(place.glob("*.parquet"))
    )
