"""What a citizen says to an establishment to object, sealed so that the portal cannot read it.

Three ends share this module, which knows no Django: the page that seals (``static/js/objection.js``
writes the same statement), the portal, which only looks at lengths and digests, and the site's
program, which opens. A sealed box is libsodium's ``crypto_box_seal``: an ephemeral X25519 key, the
site's public one. The statement inside is padded to one length, so that a box says nothing, not
even by its size.

A receipt number is all that the person keeps: 16 symbols that neither the eye nor the ear takes for
one another in French. The portal and the sites keep its SHA-256 only.
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

STATEMENT_BYTES = 2048
"""Length of a statement, padded with spaces."""
SEALED_BYTES = STATEMENT_BYTES + 48
"""Length of a sealed box: the ephemeral key and the authenticator besides."""
VERSION = 1

WHOM = ("self", "child", "protected")
SCOPES = ("all", "project", "theme")

SYMBOLS = "23456789ACEFHKLRUXYZ"
SYMBOLS_IN_NUMBER = 16
_NUMBER = re.compile(rf"[{SYMBOLS}]{{{SYMBOLS_IN_NUMBER}}}")
_PROJECT = re.compile(r"[0-9]{4}-[0-9]{4,6}")

THEMES: dict[str, tuple[str, ...]] = {
    "cancer": ("C", "D0", "D1", "D2", "D3", "D4"),
    "heart": ("I",),
    "mind": ("F",),
    "nerves": ("G",),
    "birth": ("O", "P"),
    "infection": ("A", "B"),
    "genetics": (),
}
"""Subjects one may object to: the beginnings of the CIM-10 codes that a study of it asks for."""
_GENETICS = "genomique"


class Junk(Exception):
    """What was sealed is no statement: ``reason`` is a stable code, never a part of it."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Statement:
    """Who objects, for whom, to what. ``value`` is a project's number or a theme's code."""

    whom: str
    scope: str
    value: str
    birth_name: str
    usual_name: str
    first_names: str
    born_on: date
    declarant: str


def read_statement(content: bytes) -> Statement:
    """The statement that `content` is; raises Junk when it is none."""
    if len(content) != STATEMENT_BYTES:
        raise Junk("length")
    try:
        said = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Junk("json") from error
    if not isinstance(said, dict) or said.get("v") != VERSION:
        raise Junk("version")
    texts = {}
    for name in ("birth_name", "usual_name", "first_names", "declarant", "value"):
        text = said.get(name, "")
        if not isinstance(text, str) or len(text) > 120:
            raise Junk(name)
        texts[name] = text.strip()
    whom, scope = said.get("whom"), said.get("scope")
    if whom not in WHOM or scope not in SCOPES:
        raise Junk("choice")
    if not folded(texts["birth_name"]) or not folded(texts["first_names"]):
        raise Junk("name")
    if whom != "self" and not folded(texts["declarant"]):
        raise Junk("declarant")
    if scope == "project" and not _PROJECT.fullmatch(texts["value"]):
        raise Junk("project")
    if scope == "theme" and texts["value"] not in THEMES:
        raise Junk("theme")
    if scope == "all" and texts["value"]:
        raise Junk("choice")
    try:
        born_on = date.fromisoformat(said.get("born_on", ""))
    except (TypeError, ValueError) as error:
        raise Junk("born_on") from error
    return Statement(whom=whom, scope=scope, born_on=born_on, **texts)


def write_statement(**said: str) -> bytes:
    """The bytes of a statement, padded; what the page does, for programs and tests."""
    content = json.dumps({"v": VERSION, **said}, ensure_ascii=False, sort_keys=True).encode()
    return content.ljust(STATEMENT_BYTES)


def folded(name: str) -> str:
    """`name` as names are compared: letters only, no accent, no case."""
    expanded = name.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    plain = unicodedata.normalize("NFKD", expanded)
    return "".join(letter for letter in plain if letter.isalpha()).casefold()


def first_of(names: str) -> str:
    """The first of several first names, a compound one whole, as names are compared."""
    words = re.split(r"[\s,;]+", names.strip())
    return folded(words[0]) if words else ""


def themes_of(cohort: dict) -> set[str]:
    """The subjects of a study, by the diagnoses and documents its population is defined by."""
    asked: list[str] = []
    genetics = False
    for criterion in _criteria(cohort):
        codes, note = criterion.get("condition"), criterion.get("note")
        if isinstance(codes, list):
            asked += [code for code in codes if isinstance(code, str)]
        genetics |= isinstance(note, dict) and note.get("category") == _GENETICS
    found = {theme for theme, starts in THEMES.items() if any(c.startswith(starts) for c in asked)}
    return found | ({"genetics"} if genetics else set())


def _criteria(cohort: dict) -> list[dict]:
    """The criteria that a person of the cohort meets; what is none is passed over."""
    parts = [cohort.get(part) for part in ("all", "any")]
    return [
        each for part in parts if isinstance(part, list) for each in part if isinstance(each, dict)
    ]


def receipt_number(text: str) -> str:
    """The receipt number in what a person typed, bare; raises ValueError when there is none."""
    bare = re.sub(r"[\s.\-–—]+", "", text).upper()
    if not _NUMBER.fullmatch(bare):
        raise ValueError("not a receipt number")
    return bare


def spelled(number: str) -> str:
    """A receipt number in groups of four, as it is shown and read aloud."""
    return "-".join(number[place : place + 4] for place in range(0, len(number), 4))


def receipt_hash(number: str) -> str:
    """What is kept of a receipt number."""
    return hashlib.sha256(f"guichet receipt v1\n{number}".encode()).hexdigest()


def number_from(seed: bytes) -> str:
    """A receipt number drawn from `seed`, secret bytes (at least 32)."""
    drawn = int.from_bytes(hashlib.sha512(seed).digest())
    symbols = []
    for _place in range(SYMBOLS_IN_NUMBER):
        drawn, place = divmod(drawn, len(SYMBOLS))
        symbols.append(SYMBOLS[place])
    return "".join(symbols)
