"""The papers that a request asks for: a template to fill and a complete example of each.

Each is a text of ``docs/papers``, ``<code>-modele.md`` and ``<code>-exemple.md``, in French as what
will be deposited. The Markdown is a small part of it: headings (`#`, `##`, `###`), lists (`- `) and
paragraphs (one line each). The page and the Word file are made from the same blocks.
"""

from dataclasses import dataclass
from functools import cache
from io import BytesIO

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from governance.typography import set_in_french

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FOLDER = settings.BASE_DIR / "docs" / "papers"
TEMPLATE, EXAMPLE = "modele", "exemple"
KINDS = (TEMPLATE, EXAMPLE)


class NoSuchPaper(LookupError):
    """No paper has this code, or no text of this kind."""


@dataclass(frozen=True)
class PaperKind:
    """A paper that is asked for: what it is called and what it is for."""

    code: str
    title: Promise
    purpose: Promise


@dataclass(frozen=True)
class Block:
    """A heading (``level`` 1 to 3), a list (``items``) or a paragraph (``text`` alone)."""

    text: str = ""
    level: int = 0
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """One text, read: its title is that of its first heading."""

    code: str
    kind: str
    title: str
    blocks: tuple[Block, ...]


PAPERS = (
    PaperKind(
        "protocole",
        _("Protocole"),
        _("La question, la population, les données, l’analyse : ce que le comité lit en entier."),
    ),
    PaperKind(
        "plan-statistique",
        _("Plan d’analyse statistique"),
        _("Comment la question sera tranchée, écrit avant d’avoir vu les données."),
    ),
    PaperKind(
        "resume-en-mots-simples",
        _("Résumé en mots simples"),
        _("Ce que les citoyens lisent de votre projet, dès qu’il est recevable."),
    ),
    PaperKind(
        "note-information",
        _("Note d’information"),
        _("Ce que les patients lisent avant que vous accédiez aux données."),
    ),
    PaperKind(
        "aipd",
        _("Analyse d’impact (AIPD)"),
        _("Les risques pour les personnes, et ce qui les réduit."),
    ),
    PaperKind(
        "engagement-referent",
        _("Engagement du référent local"),
        _("Quand le porteur ne travaille pas dans un hôpital du réseau."),
    ),
)
CODES = {paper.code for paper in PAPERS}


@cache
def read_paper(code: str, kind: str) -> Paper:
    """The text of a paper. Raises NoSuchPaper."""
    if code not in CODES or kind not in KINDS:
        raise NoSuchPaper(f"{code}-{kind}")
    text = set_in_french((FOLDER / f"{code}-{kind}.md").read_text(encoding="utf-8"))
    blocks = _blocks(text)
    return Paper(code, kind, blocks[0].text, blocks)


def _blocks(text: str) -> tuple[Block, ...]:
    blocks, items = [], []
    for line in (*text.splitlines(), ""):
        if line.startswith("- "):
            items.append(line[2:].strip())
            continue
        if items:
            blocks.append(Block(items=tuple(items)))
            items = []
        if line.startswith("#"):
            marks, _space, title = line.partition(" ")
            blocks.append(Block(text=title.strip(), level=len(marks)))
        elif line.strip():
            blocks.append(Block(text=line.strip()))
    return tuple(blocks)


def as_docx(paper: Paper) -> bytes:
    """The paper as a Word file with real headings and lists, said to be in French."""
    document = Document()
    document.core_properties.title = paper.title
    document.core_properties.language = "fr-FR"
    document.core_properties.author = ""
    document.core_properties.comments = ""
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(11)
    _speak_french(style)
    for block in paper.blocks:
        if block.level:
            document.add_heading(block.text, level=block.level - 1)
        elif block.items:
            for item in block.items:
                document.add_paragraph(item, style="List Bullet")
        else:
            document.add_paragraph(block.text)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _speak_french(style) -> None:
    """Mark the text's language, so that Word and screen readers do not take it for English."""
    properties = style.element.get_or_add_rPr()
    language = properties.makeelement(qn("w:lang"), {qn("w:val"): "fr-FR"})
    properties.append(language)
