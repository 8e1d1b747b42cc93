"""Word documents: their text and tables, and what they keep behind them."""

from projects.airlock.archives import Parts
from projects.airlock.content import Content, bounded
from projects.airlock.findings import found
from projects.airlock.markup import parse, text_of
from projects.airlock.spreadsheets import behind

BEHIND = {
    "comments": ("word/comments",),
    "embedded_object": ("word/embeddings/", "word/charts/", "customXml/"),
    "picture": ("word/media/",),
    "macro": ("word/vbaProject.bin", "word/activeX/"),
}
BODIES = (
    "word/document.xml",
    "word/footnotes.xml",
    "word/endnotes.xml",
    "word/header",
    "word/foot",
)


def read(content: bytes) -> Content:
    """Everything that is written in a document, headers and notes too."""
    parts = Parts(content)
    out = Content(findings=behind(parts, BEHIND))
    for name in dict.fromkeys(parts.under(*BODIES)):
        root = parse(parts.read(name))
        out.texts.append("\n".join(text_of(paragraph) for paragraph in root.iter("p")))
        for number, table in enumerate(root.iter("tbl"), start=1):
            rows = ([text_of(cell) for cell in row.iter("tc")] for row in table.iter("tr"))
            read_table, cut = bounded(f"T{number}", rows)
            out.tables.append(read_table)
            out.findings += found("cut_short", [f"T{number}"] if cut else [])
        changed = any(True for tag in ("ins", "del") for _each in root.iter(tag))
        out.findings += found("tracked_changes", [name] if changed else [])
        out.findings += found("hidden_text", [name for _each in root.iter("vanish")])
    out.findings += found("external_link", _outside(parts))
    return out


def _outside(parts: Parts) -> list[str]:
    """What the document would fetch when opened: links that a reader clicks are not of these."""
    found_in = []
    for name in parts.under("word/_rels/"):
        for each in parse(parts.read(name)):
            kind = each.get("Type", "").rpartition("/")[2]
            if each.get("TargetMode") == "External" and kind != "hyperlink":
                found_in.append(kind)
    return found_in
