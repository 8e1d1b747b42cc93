"""Of which format a file is: by its content first, by its name where content does not say."""

import json
from enum import StrEnum
from pathlib import PurePath

from projects.airlock.archives import Parts
from projects.airlock.content import Unreadable
from projects.airlock.delimited import decode
from projects.airlock.figures import PNG


class Format(StrEnum):
    DELIMITED = "delimited"
    WORKBOOK = "workbook"
    OPEN_SHEETS = "open_sheets"
    DOCUMENT = "document"
    PDF = "pdf"
    PNG = "png"
    SVG = "svg"
    NOTEBOOK = "notebook"
    TEXT = "text"
    OTHER_TEXT = "other_text"
    SERIALISED = "serialised"
    ARCHIVE = "archive"
    OLD_OFFICE = "old_office"
    UNKNOWN = "unknown"


ENDINGS = {
    Format.DELIMITED: ("csv", "tsv"),
    Format.WORKBOOK: ("xlsx", "xlsm"),
    Format.OPEN_SHEETS: ("ods",),
    Format.DOCUMENT: ("docx", "docm"),
    Format.PDF: ("pdf",),
    Format.PNG: ("png",),
    Format.SVG: ("svg",),
    Format.NOTEBOOK: ("ipynb",),
    Format.TEXT: (
        "txt",
        "md",
        "py",
        "r",
        "rmd",
        "qmd",
        "sas",
        "sql",
        "do",
        "jl",
        "sh",
        "tex",
        "log",
    ),
    Format.SERIALISED: (
        "pkl",
        "pickle",
        "joblib",
        "rds",
        "rda",
        "rdata",
        "h5",
        "hdf5",
        "keras",
        "pt",
        "pth",
        "onnx",
        "safetensors",
        "npy",
        "npz",
    ),
    Format.ARCHIVE: ("zip", "gz", "bz2", "xz", "7z", "rar", "tar", "tgz"),
}
_BY_ENDING = {ending: each for each, endings in ENDINGS.items() for ending in endings}
_BEGINNINGS = (
    (b"%PDF-", Format.PDF),
    (PNG, Format.PNG),
    (b"\x89HDF", Format.SERIALISED),
    (b"\x93NUMPY", Format.SERIALISED),
    (b"RDX", Format.SERIALISED),
    (b"\xd0\xcf\x11\xe0", Format.OLD_OFFICE),
    (b"\x1f\x8b", Format.ARCHIVE),
    (b"BZh", Format.ARCHIVE),
    (b"\xfd7zXZ", Format.ARCHIVE),
    (b"7z\xbc\xaf", Format.ARCHIVE),
    (b"Rar!", Format.ARCHIVE),
)
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def ending_of(name: str) -> str:
    return PurePath(name).suffix.lower().lstrip(".")


def format_of(name: str, content: bytes) -> tuple[Format, bool]:
    """The format, and whether the name says another one."""
    said = _BY_ENDING.get(ending_of(name))
    found = _by_content(content, said)
    if said is Format.SERIALISED and found in (Format.ARCHIVE, Format.UNKNOWN, Format.OTHER_TEXT):
        return said, False
    return found, said is not None and said is not found


def _by_content(content: bytes, said: Format | None) -> Format:
    for beginning, format in _BEGINNINGS:
        if content.startswith(beginning):
            return format
    if content.startswith(b"PK"):
        return _archive(Parts(content))
    if content[:1] == b"\x80" and content[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return Format.SERIALISED
    return _text(content, said)


def _archive(parts: Parts) -> Format:
    if "xl/workbook.xml" in parts.names:
        return Format.WORKBOOK
    if "word/document.xml" in parts.names:
        return Format.DOCUMENT
    if parts.read("mimetype").strip() == _ODS:
        return Format.OPEN_SHEETS
    if any(name.endswith((".pkl", ".npy")) for name in parts.names):
        return Format.SERIALISED
    return Format.ARCHIVE


def _text(content: bytes, said: Format | None) -> Format:
    try:
        text = decode(content)
    except (Unreadable, UnicodeDecodeError):
        return Format.UNKNOWN
    begins = text[:2000].lstrip()
    if begins.startswith("<") and "<svg" in begins:
        return Format.SVG
    if begins.startswith("{") and _is_notebook(text):
        return Format.NOTEBOOK
    control = sum(1 for c in text[:4000] if ord(c) < 32 and c not in "\t\r\n\f")
    if control:
        return Format.UNKNOWN
    return said if said in (Format.DELIMITED, Format.TEXT) else Format.OTHER_TEXT


def _is_notebook(text: str) -> bool:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and "cells" in read and "nbformat" in read
