"""OpenDocument spreadsheets: tables shown and hidden, notes, objects."""

from projects.airlock.archives import Parts
from projects.airlock.content import MOST_COLUMNS, Content, bounded
from projects.airlock.findings import found
from projects.airlock.markup import parse, text_of
from projects.airlock.spreadsheets import behind

BEHIND = {
    "embedded_object": ("Object ", "ObjectReplacements/", "Pictures/"),
    "macro": ("Basic/", "Scripts/"),
}


def read(content: bytes) -> Content:
    """The sheets of a spreadsheet, hidden ones too."""
    parts = Parts(content)
    root = parse(parts.read("content.xml"))
    out = Content(findings=behind(parts, BEHIND))
    unseen = {
        style.get("name")
        for style in root.iter("style")
        if any(each.get("display") == "false" for each in style.iter("table-properties"))
    }
    for sheet in root.iter("table"):
        name = sheet.get("name", "")
        if sheet.get("style-name") in unseen:
            out.findings += found("hidden_sheet", [name])
        rows = list(sheet.iter("table-row"))
        hidden = [f"{name}!{n}" for n, row in enumerate(rows, 1) if _hidden(row)]
        columns = [name for column in sheet.iter("table-column") if _hidden(column)]
        out.findings += found("hidden_rows", hidden) + found("hidden_columns", columns)
        table, cut = bounded(name, (_cells(row) for row in rows))
        out.tables.append(table)
        out.findings += found("cut_short", [name] if cut else [])
    out.findings += found("comments", ["content.xml" for _each in root.iter("annotation")])
    out.findings += found("pivot_cache", [t.get("name", "") for t in root.iter("data-pilot-table")])
    return out


def _hidden(element) -> bool:
    return element.get("visibility", "visible") != "visible"


def _cells(row) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if cell.tag not in ("table-cell", "covered-table-cell"):
            continue
        value = cell.get("value") or "\n".join(text_of(p) for p in cell if p.tag == "p")
        times = cell.get("number-columns-repeated", "1")
        cells += [value] * min(int(times) if times.isdecimal() else 1, MOST_COLUMNS)
    while cells and not cells[-1]:
        cells.pop()
    return cells
