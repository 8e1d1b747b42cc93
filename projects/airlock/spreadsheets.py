"""Excel workbooks, part by part: what is shown, and what is kept behind it."""

import re

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


def read(content: bytes) -> Content:
    """The sheets of a workbook, hidden ones too."""
    parts = Parts(content)
    out = Content(findings=behind(parts, BEHIND))
    shared = _shared(parts)
    targets = relations(parts, "xl/_rels/workbook.xml.rels")
    for sheet in parse(parts.read("xl/workbook.xml")).iter("sheet"):
        name = sheet.get("name", "")
        if sheet.get("state", "visible") != "visible":
            out.findings += found("hidden_sheet", [name])
        target = targets.get(sheet.get("id", ""), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        body = parts.read(part)
        if body:
            _sheet(out, name, parse(body), shared)
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


def _sheet(out: Content, name: str, root, shared: list[str]) -> None:
    hidden_rows = [f"{name}!{r.get('r', '')}" for r in root.iter("row") if _on(r.get("hidden"))]
    columns = [
        f"{name}!{c.get('min')}:{c.get('max')}" for c in root.iter("col") if _on(c.get("hidden"))
    ]
    table, cut = bounded(name, (_cells(row, shared) for row in root.iter("row")))
    out.tables.append(table)
    out.findings += found("hidden_rows", hidden_rows) + found("hidden_columns", columns)
    out.findings += found("cut_short", [name] if cut else [])


def _cells(row, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter("c"):
        placed = _CELL.fullmatch(cell.get("r", ""))
        at = min(_column(placed[1]), 10_000) if placed else len(cells)
        cells += [""] * (at - len(cells))
        cells.append(_value(cell, shared))
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
