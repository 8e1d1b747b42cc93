"""On which line of a TOML file a table or a key was written, to name the line at fault.

``tomllib`` keeps no positions. This reads the few forms that charter files use (headers on their
own line, bare or quoted keys, multi-line strings and arrays) and is only ever used to word an
error, never to read a value.
"""

import re
from typing import Final

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([^\]\[]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"^\s*([\w\-\".']+(?:\s*\.\s*[\w\-\"']+)*)\s*=\s*(.*)$")

#: A charter's keys are at most four parts long: what is longer is at fault at its beginning.
DEEPEST: Final = 6

Path = tuple[str | int, ...]


def line_numbers(text: str) -> dict[Path, int]:
    """Line (from 1) of every header and key, by path: ``("article", 0, "clause", 1, "check")``."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    closing: str | None = None
    depth = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if closing is not None:
            if closing in line:
                closing = None
            continue
        if depth > 0:
            depth += _brackets(line)
            continue
        header = _HEADER.match(line)
        if header:
            table = _table(header[2], header[1] == "[[", counts)
            lines.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key is None:
            continue
        path = table
        for part in key[1].split(".", DEEPEST)[:DEEPEST]:
            path += (part.strip().strip("\"'"),)
            lines.setdefault(path, number)
        value = key[2]
        for quotes in ('"""', "'''"):
            if value.startswith(quotes) and quotes not in value[3:]:
                closing = quotes
        if closing is None:
            depth = max(0, _brackets(value))
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of ``path``, or of the nearest thing around it; 1 when nothing is known."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


def _brackets(text: str) -> int:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*', "", text)
    return bare.count("[") - bare.count("]")


def _table(name: str, is_array: bool, counts: dict[Path, int]) -> Path:
    path: Path = ()
    parts = [part.strip().strip("\"'") for part in name.split(".", DEEPEST)[:DEEPEST]]
    for position, part in enumerate(parts):
        path += (part,)
        if is_array and position == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path
