"""Excel workbooks, part by part: what is shown, and what is kept behind it."""

import re
from datetime import date, timedelta

from projects.airlock.archives import Parts
from projects.airlock.content import Content, bounded
from projects.airlock.findings import Finding, found
from projects.airlock.markup import parse, text_of

BEHIND = {
    "pivot_cache": ("xl/pivotCache/",),
    "external_link": ("xl/externalLinks/", "xl/connections.xml", "xl/queryTables/"),
    "comments": ("xl/comments", "xl/threadedComments/", "xl/notes"),
    "embedded_object": ("xl/embeddings/", "xl/model/", "xl/media/", "customXml/"),
    "macro": ("xl/vbaProject.bin", "xl/macrosheets/", "xl/activeX/"),
}
"""The parts of a workbook that hold something a reader does not see in its cells."""

_CELL = re.compile(r"([A-Z]+)(\d+)")
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
DATES = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
"""The formats of dates that every workbook knows without saying them."""
FIRST_DAY = date(1899, 12, 30)
LAST_NUMBER = 2_958_465
"""A day is a number of days since the first; the last that Excel writes is in 9999."""


def read(content: bytes) -> Content:
    """The sheets of a workbook, hidden ones too."""
    parts = Parts(content)
    out = Content(findings=behind(parts, BEHIND))
    shared, dated = _shared(parts), _dated(parts)
    targets = relations(parts, "xl/_rels/workbook.xml.rels")
    for sheet in parse(parts.read("xl/workbook.xml")).iter("sheet"):
        name = sheet.get("name", "")
        if sheet.get("state", "visible") != "visible":
            out.findings += found("hidden_sheet", [name])
        target = targets.get(sheet.get("id", ""), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        body = parts.read(part)
        if body:
            _sheet(out, name, parse(body), shared, dated)
    return out


def behind(parts: Parts, kinds: dict[str, tuple[str, ...]]) -> list[Finding]:
    """What an office document keeps behind what it shows."""
    return [each for rule, names in kinds.items() for each in found(rule, parts.under(*names))]


def relations(parts: Parts, name: str) -> dict[str, str]:
    """What the part `name` says that each identifier leads to."""
    content = parts.read(name)
    root = parse(content) if content else ()
    return {each.get("Id", ""): each.get("Target", "") for each in root}


def _shared(parts: Parts) -> list[str]:
    content = parts.read("xl/sharedStrings.xml")
    return [text_of(each) for each in parse(content).iter("si")] if content else []


def _dated(parts: Parts) -> set[str]:
    """The styles of cells that show a number as a day."""
    content = parts.read("xl/styles.xml")
    if not content:
        return set()
    root, days = parse(content), {str(number) for number in DATES}
    for form in root.iter("numFmt"):
        if re.search("[yd]", _LITERAL.sub("", form.get("formatCode", "")).lower()):
            days.add(form.get("numFmtId", ""))
    styles = (style for styles in root.iter("cellXfs") for style in styles)
    return {str(n) for n, style in enumerate(styles) if style.get("numFmtId", "0") in days}


def _day(value: str) -> str:
    """The day that a number stands for."""
    number = re.fullmatch(r"(\d{1,7})(?:\.\d+)?", value)
    if number is None or int(number[1]) > LAST_NUMBER:
        return value
    return (FIRST_DAY + timedelta(days=int(number[1]))).isoformat()


def _sheet(out: Content, name: str, root, shared: list[str], dated: set[str]) -> None:
    hidden_rows = [f"{name}!{r.get('r', '')}" for r in root.iter("row") if _on(r.get("hidden"))]
    columns = [
        f"{name}!{c.get('min')}:{c.get('max')}" for c in root.iter("col") if _on(c.get("hidden"))
    ]
    table, cut = bounded(name, (_cells(row, shared, dated) for row in root.iter("row")))
    out.tables.append(table)
    out.findings += found("hidden_rows", hidden_rows) + found("hidden_columns", columns)
    out.findings += found("cut_short", [name] if cut else [])


def _cells(row, shared: list[str], dated: set[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter("c"):
        placed = _CELL.fullmatch(cell.get("r", ""))
        at = min(_column(placed[1]), 10_000) if placed else len(cells)
        cells += [""] * (at - len(cells))
        value = _value(cell, shared)
        cells.append(_day(value) if cell.get("s") in dated else value)
    return cells


def _column(letters: str) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    value = next((text_of(v) for v in cell.iter("v")), "")
    if kind == "s":
        return shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
    if kind == "inlineStr":
        return "".join(text_of(each) for each in cell.iter("is"))
    return value


def _on(value: str | None) -> bool:
    return value in ("1", "true")
