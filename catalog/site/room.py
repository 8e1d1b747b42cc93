"""Whether the site's disks have room for a delivery: told before it is begun, where it can be.

What is written is on the disk of ``spaces``; what the engine sorts beyond its memory is on that of
``spill``, until the table is written. Both are estimated from the number of rows and the types of
their columns: generously first, from what files say of themselves; where that does not fit, rows
are counted, and the order fails only if the least they take is more than what is free.
"""

import shutil
from dataclasses import dataclass

from catalog.site import columns
from catalog.site.failures import Failed
from catalog.site.files import private_folder
from catalog.site.perimeter import Perimeter, TablePlan
from catalog.site.settings import SiteSettings, bytes_of
from catalog.warehouse.connection import Warehouse
from catalog.warehouse.layout import Role

SORTED = {"BIGINT": 8, "INTEGER": 4, "DOUBLE": 8, "VARCHAR": 16, "DATE": 4, "TIMESTAMP": 8}
"""Bytes of a value while rows are sorted, at least."""
NUMBER = 4
"""Bytes of the number that stands for a person or a visit."""
KEY = 16
"""Bytes of what a row is sorted by."""
MARKED = 32
"""Bytes of a record's pseudonym, which compress by half."""
WRITTEN_LEAST, WRITTEN_MOST = 0.5, 8
"""Bytes of any other value in a file, compressed; between 1 and 2 in synthetic data."""


@dataclass(frozen=True)
class Room:
    """Bytes that a delivery takes: on the disk of spaces, and on that of what is spilled."""

    spaces: float
    spill: float


def refuse_small_disk(warehouse: Warehouse, perimeter: Perimeter, settings: SiteSettings) -> None:
    """Raise Failed (``disk_small``) when the tables of `perimeter` cannot fit for those in
    ``chosen``."""
    if _lacking(room(warehouse, perimeter, settings, exact=False), settings) is None:
        return
    lacking = _lacking(room(warehouse, perimeter, settings, exact=True), settings)
    if lacking is not None:
        needs, free = lacking
        raise Failed("disk_small", needs=_said(needs), free=_said(free))


def room(
    warehouse: Warehouse, perimeter: Perimeter, settings: SiteSettings, *, exact: bool
) -> Room:
    """The most that a delivery may take, by the rows of whole tables; or, if `exact`, the least."""
    memory = bytes_of(settings.memory)
    written, spilled = 0.0, 0.0
    for plan in perimeter.tables:
        rows = _rows(warehouse, plan, perimeter, exact=exact)
        records = sum(each.column.role is Role.RECORD for each in plan.columns)
        value = WRITTEN_LEAST if exact else WRITTEN_MOST
        written += rows * (records * MARKED / 2 + (len(plan.columns) - records) * value)
        spilled = max(spilled, rows * _sorted_width(plan) - memory)
    return Room(written, spilled / 2 if exact else spilled)


def _sorted_width(plan: TablePlan) -> int:
    width = KEY
    for planned in plan.columns:
        match planned.column.role:
            case Role.PERSON | Role.VISIT:
                width += NUMBER
            case Role.RECORD:
                width += MARKED
            case _:
                width += SORTED[planned.column.type]
    return width


def _rows(warehouse: Warehouse, plan: TablePlan, perimeter: Perimeter, *, exact: bool) -> int:
    connection, table = warehouse.duckdb, plan.table.name
    query = f"SELECT count(*) FROM {table}"
    if exact:
        query += f" AS t SEMI JOIN chosen USING (person_id) WHERE {columns.kept(plan, perimeter)}"
    (rows,) = connection.execute(query).fetchone()
    return rows


def _lacking(room: Room, settings: SiteSettings) -> tuple[float, float] | None:
    """What is needed and what is free on the disk that is too small, None where none is."""
    needs: dict[int, float] = {}
    free: dict[int, float] = {}
    for folder, needed in ((settings.partial, room.spaces), (settings.spill, room.spill)):
        disk = private_folder(folder).stat().st_dev
        needs[disk] = needs.get(disk, 0) + max(needed, 0)
        free[disk] = shutil.disk_usage(folder).free
    small = [disk for disk in needs if needs[disk] > free[disk]]
    return (needs[small[0]], free[small[0]]) if small else None


def _said(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
