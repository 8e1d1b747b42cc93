"""What became of each order here: one small file an order, and a log of acts, a line each.

``deliveries/<order>.json`` is the memory that makes an order harmless twice: the number of the next
report, and the last word once it was said. ``deliveries/journal.jsonl`` is for people: who asked
what, when, and what was done.
"""

import json
import os
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from catalog.orders import instant
from catalog.site.files import private_folder, write


@dataclass
class Entry:
    """An order received: `sequence` is the number of its next report, `final` its last report,
    `space` where its delivery is, relative to the spaces, `destroyed` whether it is no more,
    `themes` the subjects of the study."""

    order: str
    hash: str
    kind: str
    sequence: int = 0
    started: str = ""
    final: dict | None = None
    space: str = ""
    destroyed: bool = False
    themes: list[str] = field(default_factory=list)


class Journal:
    """The journal of one site, in its folder."""

    def __init__(self, folder: Path):
        self.folder = private_folder(folder)
        self._lock = threading.RLock()

    def _path(self, order: str) -> Path:
        return self.folder / f"{order}.json"

    def find(self, order: str) -> Entry | None:
        """The entry of an order (its id), if one was received."""
        try:
            return Entry(**json.loads(self._path(order).read_bytes()))
        except FileNotFoundError:
            return None

    def made(self) -> list[Entry]:
        """The extractions that made a delivery, still here or destroyed since."""
        # Named by their order: what the site knows of the register stands beside them.
        files = self.folder.glob("*-*-*-*-*.json")
        entries = (Entry(**json.loads(path.read_bytes())) for path in files)
        return sorted((entry for entry in entries if entry.space), key=lambda entry: entry.order)

    def deliveries(self) -> list[Entry]:
        """The extractions whose delivery is still here."""
        return [entry for entry in self.made() if not entry.destroyed]

    def save(self, entry: Entry) -> None:
        content = json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True)
        with self._lock:
            write(self._path(entry.order), content.encode())

    def next_sequence(self, entry: Entry) -> int:
        """A number that no other report of this order has had, across crashes too."""
        with self._lock:
            number = entry.sequence
            entry.sequence += 1
            self.save(entry)
            return number

    def note(self, at: datetime, act: str, **values) -> None:
        """Add a line to the log."""
        line = json.dumps({"at": instant(at), "act": act, **values}, ensure_ascii=False)
        path = self.folder / "journal.jsonl"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
