"""Why a site could not carry an order out, as a code and what may be said of it.

What an engine or a system writes in its messages may quote a value of the warehouse, so it stays in
the site's own log: a report carries the code, names of tables and columns, and nothing else.
"""

import errno
from typing import Any

import duckdb
import pyarrow as pa

from catalog.warehouse.errors import WarehouseError

REASONS = {
    "disk_full": "no space is left on the site's disk",
    "disk_small": "the site's disk has no room for this delivery; it was not begun",
    "storage": "the site's disk refused to write or read",
    "no_memory": "the memory granted to the engine is not enough",
    "absent": "the warehouse is not there",
    "no_table": "a table is missing",
    "no_column": "a column is missing",
    "no_vocabulary": "the warehouse does not hold OHDSI's vocabulary",
    "no_library": "the library that runs definitions of OHDSI is not installed",
    "ohdsi": "the definition of OHDSI is beyond the library that runs them",
    "wrong_type": "a column is not of the expected type",
    "unreadable": "a table cannot be read: its file is damaged",
    "unreachable": "the warehouse does not answer",
    "too_long": "the count lasted longer than the site allows",
    "not_local": "this connector cannot do it",
    "query": "the engine refused the query",
    "check": "what was written is not what the order allows; nothing was delivered",
    "keys": "the site's own key or secret cannot be used",
    "third_party": "the trusted third party does not answer",
    "links": "who is who in a linked delivery is no longer kept here",
    "space_provider": "the program that makes the working spaces could not do it",
    "space_timeout": "the program that makes the working spaces did not answer in time",
    "internal": "an error of the program; the site's log has it",
}
"""Code of a ``failed`` report -> what it means."""

SAID = ("table", "column", "found", "expected", "connector", "check", "needs", "free")
"""The values that may leave the site."""


class Failed(Exception):
    """An order that could not be carried out; nothing of it is delivered."""

    def __init__(self, reason: str, **values: Any):
        super().__init__(reason, values)
        self.reason = reason
        self.values = values

    @property
    def body(self) -> dict[str, Any]:
        """What the ``failed`` report says."""
        said = {name: str(value)[:120] for name, value in self.values.items() if name in SAID}
        return {"reason": self.reason, "message": REASONS[self.reason], **said}


def failure_of(error: Exception) -> Failed:
    """The failure that `error` is, among those that are foreseen; ``internal`` otherwise."""
    if isinstance(error, Failed):
        return error
    if isinstance(error, WarehouseError):
        if _full(str(error.values.get("why", ""))) or _full(str(error.__cause__)):
            return Failed("disk_full")
        return Failed(error.key, **error.values)
    if isinstance(error, OSError) and error.errno is not None:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        return Failed("disk_full" if full else "storage")
    if isinstance(error, duckdb.Error | pa.ArrowException | OSError):
        return _of_engine(error)
    return Failed("internal")


def _full(text: str) -> bool:
    """Whether an engine's message is of a full disk. DuckDB writes no more than what was free when
    it began, and then says that it is out of memory, naming the setting that bounds it."""
    said = ("No space left", "File too large", "max_temp_directory_size")
    return any(each in text for each in said)


def _of_engine(error: Exception) -> Failed:
    """Arrow passes DuckDB's errors on as their text alone."""
    text = str(error)
    if _full(text):
        return Failed("disk_full")
    if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in text:
        return Failed("no_memory")
    if isinstance(error, duckdb.IOException | duckdb.InvalidInputException) or "Parquet" in text:
        return Failed("unreadable")
    return Failed("query")
