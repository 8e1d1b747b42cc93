"""PDF documents: their text, the files and programs they carry."""

import io

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import IndirectObject

from projects.airlock.content import LONGEST_TEXT, Content, Unreadable
from projects.airlock.findings import found

MOST_PAGES = 300
MOST_OBJECTS = 50_000
ACTING = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData"}


def read(content: bytes) -> Content:
    """The text of a document, page by page."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise Unreadable("encrypted")
        return _read(reader)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable from error


def _read(reader: PdfReader) -> Content:
    out, kinds, pictures = Content(), set(), []
    pages = reader.pages[:MOST_PAGES]
    for number, page in enumerate(pages, start=1):
        out.texts.append(page.extract_text()[:LONGEST_TEXT])
        for each in page.get("/Annots") or ():
            kinds.add(str(each.get_object().get("/Subtype")))
        objects = _under(_under(page, "/Resources"), "/XObject")
        named = [each.get_object().get("/Subtype") for each in objects.values()]
        pictures += [f"p. {number}"] if "/Image" in named else []
    files = list(reader.attachments) or (["/FileAttachment"] if "/FileAttachment" in kinds else [])
    out.findings += found("embedded_object", [str(name)[:80] for name in files])
    out.findings += found("comments", sorted(kinds & {"/Text", "/FreeText", "/Popup"}))
    scripts = sorted(_actions(reader))
    out.findings += found("script", scripts)
    out.findings += found("picture", pictures)
    out.findings += found("cut_short", ["p. 300"] if len(reader.pages) > MOST_PAGES else [])
    return out


def _under(holder, name: str) -> dict:
    """The dictionary that `holder` has under `name`; an empty one when it has none."""
    found_there = holder.get(name)
    return {} if found_there is None else found_there.get_object()


def _actions(reader: PdfReader) -> set[str]:
    """The programs that the document starts, wherever it holds them."""
    seen, told, to_visit = set(), set(), [reader.trailer]
    while to_visit and len(seen) < MOST_OBJECTS:
        each = to_visit.pop()
        if isinstance(each, IndirectObject):
            if each.idnum in seen:
                continue
            seen.add(each.idnum)
            each = each.get_object()
        if isinstance(each, dict):
            told |= {str(each.get("/S"))} & ACTING | ({"/JS"} if "/JS" in each else set())
            to_visit += each.values()
        elif isinstance(each, list):
            to_visit += each
    return told
