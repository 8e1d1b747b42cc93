"""Tables of text: CSV and TSV, whatever separates their cells; those that a text draws by bars."""

import csv
import io
import re
from collections import Counter
from itertools import groupby

from projects.airlock.content import LONGEST_TEXT, Content, Table, Unreadable, bounded
from projects.airlock.findings import found

SEPARATORS = ",;\t|"
RULED = re.compile(r"[\s|:+=-]*")
"""A line that only draws the table."""


def decode(content: bytes) -> str:
    """The text of a file, in the encodings that are met. Raises Unreadable when it is none."""
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read(content: bytes) -> Content:
    """The table of a delimited file."""
    text = decode(content)
    csv.field_size_limit(LONGEST_TEXT)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
        table, cut = bounded("", rows)
    except csv.Error as error:
        raise Unreadable from error
    return Content([table], [], found("cut_short", ["L1"] if cut else []))


def drawn(text: str) -> list[Table]:
    """The tables that a text draws by bars, as Markdown does; each is named by its first line."""
    lines = enumerate(text[:LONGEST_TEXT].splitlines(), start=1)
    tables = []
    for barred, run in groupby(lines, key=lambda line: _barred(line[1])):
        run = list(run)
        rows = [line.strip().strip("|").split("|") for _n, line in run if not RULED.fullmatch(line)]
        if barred and len(rows) > 1:
            tables.append(bounded(f"L{run[0][0]}", rows)[0])
    return tables


def _barred(line: str) -> bool:
    return line.lstrip().startswith("|") or ("+-" in line and bool(RULED.fullmatch(line)))


def _separator(text: str) -> str:
    """What separates the cells: what is as many times in the most lines, titles apart."""
    lines = [line for line in text.splitlines()[:30] if line.strip()]

    def worth(separator: str) -> tuple[int, int]:
        counts = Counter(n for line in lines if (n := line.count(separator)))
        return max(((times, n) for n, times in counts.items()), default=(0, 0))

    return max(SEPARATORS, key=worth)
