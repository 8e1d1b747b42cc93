"""What a reader finds in a file: tables, texts, and what the file hides."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from projects.airlock.findings import Finding

MOST_ROWS = 20_000
MOST_COLUMNS = 500
LONGEST_TEXT = 2_000_000
"""What is read of a table and of a text; what is longer is found to be `cut_short`."""


class Unreadable(ValueError):
    """The file is not what it says, or is broken; `rule` is what is found of it."""

    def __init__(self, rule: str = "unreadable"):
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True)
class Table:
    """Cells as they are written, row by row; rows are not all as long. What stands above the first
    figures is its header, on however many rows: a title, groups of columns, their names."""

    name: str
    rows: tuple[tuple[str, ...], ...]

    @cached_property
    def start(self) -> int:
        """The first row of the body: the first that holds figures which are no years."""
        found = next((n for n, row in enumerate(self.rows) if _tells_figures(row[1:])), None)
        return min(1, len(self.rows)) if found is None else found

    @cached_property
    def header(self) -> tuple[str, ...]:
        """What is written above each column."""
        above = zip_longest(*self.rows[: self.start], fillvalue="")
        return tuple(" ".join(filter(None, cells)) for cells in above)

    @property
    def body(self) -> tuple[tuple[str, ...], ...]:
        return self.rows[self.start :]

    def numbered(self):
        """The rows of the body, with their numbers in the table."""
        return enumerate(self.body, start=self.start)

    def title(self, column: int) -> str:
        """The cell that names a column."""
        return self.place(max(0, self.start - 1), column)

    def place(self, row: int, column: int) -> str:
        """A cell as spreadsheets name it, rows and columns counted from 0."""
        cell = f"{_letters(column)}{row + 1}"
        return f"{self.name}!{cell}" if self.name else cell


def _letters(column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass
class Content:
    """What was read of one file."""

    tables: list[Table] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def lines(self):
        """Each line of the texts, with its place."""
        for text in self.texts:
            for number, line in enumerate(text.splitlines(), start=1):
                yield f"L{number}", line


def bounded(name: str, rows) -> tuple[Table, bool]:
    """A table of what is read of `rows`, and whether something was left out."""
    kept, cut = [], False
    for row in rows:
        if len(kept) >= MOST_ROWS:
            cut = True
            break
        cut |= len(row) > MOST_COLUMNS
        kept.append(tuple(str(cell).strip()[:400] for cell in row[:MOST_COLUMNS]))
    while kept and not any(kept[-1]):
        kept.pop()
    return Table(name, tuple(kept)), cut


_NUMBER = re.compile(
    r"[-+]?\d{1,3}(?:[ \u00a0\u2009\u202f'’]\d{3})+(?:[.,]\d+)?"
    r"|[-+]?\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|[-+]?\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?"
    r"|[-+]?\d+(?:[.,]\d+)?"
)


def number_of(cell: str) -> float | None:
    """The number that a cell is, written in French or in English; None when it is none."""
    if not _NUMBER.fullmatch(cell):
        return None
    cell = re.sub("[ \u00a0\u2009\u202f'’]", "", cell)
    for grouped in ",.":
        cell = cell.replace(grouped, "") if cell.count(grouped) > 1 else cell
    return float(cell.replace(",", "."))


def whole_of(cell: str) -> int | None:
    """The whole number, zero or more, that a cell is."""
    number = number_of(cell)
    return int(number) if number is not None and number >= 0 and number == int(number) else None


_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_WITH_PART = (
    re.compile(r"(\d[\d \u00a0\u2009\u202f]*)\s*[(\[]\s*[\d.,]+\s*%?\s*[)\]]"),
    re.compile(r"[\d.,]+\s*%\s*[(\[]\s*(?:n\s*=\s*)?(\d+)\s*[)\]]"),
    re.compile(r"(0|[1-9]\d*)\s*/\s*[1-9]\d{1,5}(?:\s*[(\[][^)\]]*[)\]])?"),
)
"""A count with its part: « 12 (34,5 %) », « 34,5 % (12) », « 12/35 »."""
_NOTED = re.compile(r"^[~≈]\s*|\s*[*†‡§¹²³]+$")
UNDER = re.compile(
    r"(?:n\s*)?(?:<|moins de|inf(?:[ée]rieure?|\.)? [àa]|under|below|less than|fewer than)"
    r"\s*(?P<under>\d+)"
    r"|(?:n\s*)?(?:≤|⩽|<=|au plus|at most|up to)\s*(?P<most>\d+)"
    r"|[\[(]?[01]\s*(?:-|–|à|to)\s*(?P<end>\d{1,2})[\])]?",
    re.IGNORECASE,
)
"""A count that is masked, and says its bound: « < 11 », « ≤ 10 », « 1 à 10 »."""
YEARS = range(1900, 2101)


def count_of(cell: str) -> int | None:
    """The count that a cell says, its part and its footnote left out, thousands apart or not."""
    cell = _NOTED.sub("", cell)
    for form in _WITH_PART:
        if with_part := form.fullmatch(cell):
            return whole_of(with_part[1].strip())
    return int(re.sub("[.,]", "", cell)) if _THOUSANDS.fullmatch(cell) else whole_of(cell)


def _tells_figures(cells: tuple[str, ...]) -> bool:
    """Whether a row holds figures, or figures that are masked: years are names of columns."""
    told = (c for c in cells if number_of(c) is not None or count_of(c) is not None)
    return any(count_of(c) not in YEARS for c in told) or any(
        UNDER.fullmatch(c) or c.strip("*") == "" != c for c in cells
    )


def word_in(words: str) -> re.Pattern:
    """A pattern that finds one of `words` (separated by spaces) as a word of a header."""
    return re.compile(
        rf"(?:^|[^a-zà-ÿ])(?:{'|'.join(words.split())})(?:$|[^a-zà-ÿ])", re.IGNORECASE
    )
