"""The log of a space, a chain: a line an act, each holding the hash of the line before it.

A line that was changed, taken out or put in is seen by whoever reads the log; that its end was cut
off is seen by comparing with the number of lines and the last hash that were told to the portal.
"""

import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalog.orders import canonical, instant

NOTHING = "0" * 64
"""What the first line says is before it."""


@dataclass(frozen=True)
class Head:
    """How many lines a log has, and the hash of its last one."""

    lines: int
    hash: str


class Broken(Exception):
    """A log that does not hold, from the line numbered `line` (the first is 1) on."""

    def __init__(self, line: int):
        super().__init__(line)
        self.line = line


def add(path: Path, at: datetime, act: str, **said) -> Head:
    """Add a line, on the disk when this returns. Raises OSError; then nothing was added."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        length = _forget_half_a_line(file)
        head = _last(file, length)
        line = canonical(
            {"n": head.lines + 1, "at": instant(at), "act": act, "before": head.hash, **said}
        )
        try:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            # Part of a line would break the chain for ever.
            os.ftruncate(file.fileno(), length)
            raise
    return Head(head.lines + 1, hashlib.sha256(line).hexdigest())


def read(path: Path) -> list[dict]:
    """Every line, oldest first; none when nothing was written. Raises Broken."""
    lines, before = [], NOTHING
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            said = json.loads(line)
            holds = said["n"] == number and said["before"] == before and canonical(said) == line
        except (ValueError, KeyError, TypeError) as error:
            raise Broken(number) from error
        if not holds:
            raise Broken(number)
        before = hashlib.sha256(line).hexdigest()
        lines.append(said)
    return lines


def head(path: Path) -> Head:
    """The head of a log, its last line alone being read."""
    try:
        with path.open("rb") as file:
            return _last(file, file.seek(0, os.SEEK_END))
    except FileNotFoundError:
        return Head(0, NOTHING)


def _last(file, length: int) -> Head:
    if not length:
        return Head(0, NOTHING)
    file.seek(max(0, length - LONGEST))
    line = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    try:
        return Head(json.loads(line)["n"], hashlib.sha256(line).hexdigest())
    except (ValueError, KeyError, TypeError):
        # A line that somebody wrote: what follows it will not hold, and be seen.
        return Head(0, hashlib.sha256(line).hexdigest())


def _forget_half_a_line(file) -> int:
    """The length of the log, without the line that a crash left half written."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - LONGEST))
    whole = length - len(file.read().rpartition(b"\n")[2])
    if whole < length:
        os.ftruncate(file.fileno(), whole)
    return whole


LONGEST = 4_096
"""Bytes of a line, at most."""
