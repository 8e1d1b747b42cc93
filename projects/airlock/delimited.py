"""Tables of text: CSV and TSV, whatever separates their cells."""

import csv
import io
from collections import Counter

from projects.airlock.content import LONGEST_TEXT, Content, Unreadable, bounded
from projects.airlock.findings import found

SEPARATORS = ",;\t|"


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


def _separator(text: str) -> str:
    """What separates the cells: what is as many times in the most lines, titles apart."""
    lines = [line for line in text.splitlines()[:30] if line.strip()]

    def worth(separator: str) -> tuple[int, int]:
        counts = Counter(n for line in lines if (n := line.count(separator)))
        return max(((times, n) for n, times in counts.items()), default=(0, 0))

    return max(SEPARATORS, key=worth)
