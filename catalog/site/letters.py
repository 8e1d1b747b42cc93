"""Objections by letter: compared here with what was delivered before they came.

Who writes to the hospital is a row of ``objection`` in its own warehouse, which every later count
and extraction leaves out. What was delivered before still holds them. When the portal asks, the
list is compared with the deliveries that are still here, and the portal is told how many more
persons of the list each holds: never who.

``objections/letters/<delivery>.json`` holds, by the pseudonym that the delivery knows them by, the
comparison that found each person; ``comparisons.json`` those made, in order. The portal names the
last one it heard of: what was found since is said again, so that an answer lost is no person lost.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from catalog.orders import Order
from catalog.site.files import private_folder, write
from catalog.site.journal import Journal
from catalog.site.linkage import namer
from catalog.site.objections import manifest_in
from catalog.site.settings import SiteSettings
from catalog.warehouse.connection import Warehouse

COMPARISONS = "comparisons.json"


def listed(warehouse: Warehouse) -> list[int]:
    """The persons of the hospital's own list."""
    if "objection" not in warehouse.tables:
        return []
    found = warehouse.tables["objection"].select("person_id").distinct().execute()
    return [int(person) for person in found["person_id"]]


def compare(
    order: Order,
    persons: list[int],
    journal: Journal,
    settings: SiteSettings,
    secret: Callable[[], bytes],
) -> list[dict]:
    """The deliveries that hold persons of the list whom the portal has not heard of, and how many;
    the same answer when the same order comes again. Aggregates hold nobody."""
    folder = private_folder(settings.objections / "letters")
    made = _read(folder / COMPARISONS, [])
    if order.id not in made:
        made.append(order.id)
        _write(folder / COMPARISONS, made)
    now, after = made.index(order.id), order.body["after"]
    heard = made.index(after) if after in made else -1
    found = []
    for entry in journal.deliveries():
        place = settings.spaces / entry.space
        manifest = manifest_in(place)
        if manifest.get("delivery_kind") != "pseudonymised":
            continue
        pseudonym = namer(settings, secret(), manifest)
        pseudonyms = {pseudonym(person) for person in persons}
        path = folder / f"{entry.order}.json"
        known = _read(path, {})
        held = {name: known.get(name, now) for name in sorted(_held(place, pseudonyms))}
        if held != known:
            _write(path, held)
        number = sum(heard < when <= now for when in held.values())
        if number:
            found.append({"order": entry.order, "persons": number})
    return found


def _held(place: Path, pseudonyms: set[str]) -> set[str]:
    """Those of the pseudonyms that a delivery holds."""
    if not pseudonyms:
        return set()
    found = set()
    for file in sorted(place.glob("*.parquet")):
        only = [("person_id", "in", pseudonyms)]
        table = pq.read_table(file, columns=["person_id"], filters=only)
        found.update(table["person_id"].unique().to_pylist())
    return found


def _read(path: Path, otherwise):
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return otherwise


def _write(path: Path, content) -> None:
    write(path, json.dumps(content, sort_keys=True).encode())
