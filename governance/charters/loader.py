"""Reads a charter's file, and refuses with the line at fault one that cannot execute.

A charter lives in ``<charter>/<version>.toml`` beside this module, or was adopted and is found in
the :mod:`library <governance.charters.library>`. :func:`load_charter` reads either;
:func:`read_charter` reads any text, and is what a proposed version goes through before anything
else looks at it.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from unicodedata import category

from governance.charters import checks, library
from governance.charters.clauses import (
    AMONG,
    CHARTERS,
    KINDS,
    NATURES,
    SUBJECTS,
    Article,
    Charter,
    Clause,
    Planned,
    Source,
)
from governance.charters.compare import as_strict
from governance.charters.faults import Fault
from governance.charters.lines import line_numbers, line_of
from governance.charters.parameters import DIRECTIONS, TYPES, UNITS, Parameter
from governance.charters.versions import base_of, is_local, is_version, order

FOLDER: Final = Path(__file__).parent
LARGEST: Final = 512 * 1024
#: A line of thousands of dotted keys costs the square of its length to read.
LONGEST_LINE: Final = 4000
TYPES_SAID: Final = {
    "integer": ("un nombre entier", "integer"),
    "flag": ("true ou false", "flag"),
    "code": ("un code", "code"),
    "codes": ("une liste de codes, chacun une fois", "codes"),
}
LETTERS: Final = {"utilisateur": "U", "producteur": "P", "citoyen": "C"}
#: Control and format characters (those that turn the direction of a text among them), surrogates.
_HIDDEN: Final = ("Cc", "Cf", "Cs", "Co")


class CharterError(ValueError):
    """A charter that cannot be read or cannot execute: its ``fault``, with the line, in words."""

    def __init__(self, key: str, line: int = 1, origin: str = "", **values: Any) -> None:
        self.fault, self.origin = Fault(key, line, values), origin
        super().__init__(f"{origin or 'charter'}, line {line}: {self.message}")

    @property
    def line(self) -> int:
        """The line at fault, from 1."""
        return self.fault.line

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.fault.say("en")


def load_charter(charter: str, version: str) -> Charter:
    """The charter of that code and version, shipped or adopted. Raises CharterError when there is
    none."""
    found = shipped(charter, version)
    if found is not None:
        return found
    for each in library.adopted(charter):
        if each.version == version:
            return _adopted(charter, version, each.sha256)
    raise CharterError("no_version", charter=charter, version=version)


@cache
def shipped(charter: str, version: str) -> Charter | None:
    """The charter of a file shipped with the product; None when there is no such file."""
    if charter not in CHARTERS or not is_version(version):
        return None
    path = FOLDER / charter / f"{version}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return read_charter(text, charter=charter, version=version, origin=f"{charter}/{path.name}")


@cache
def _adopted(charter: str, version: str, sha256: str) -> Charter:
    """An adopted text never changes: read once under its hash."""
    text = library.text_of(charter, version)
    if hashlib.sha256(text.encode()).hexdigest() != sha256:
        raise CharterError("not_as_adopted", charter=charter, version=version)
    return read_charter(text, charter=charter, version=version, origin=f"{charter}/{version}")


def text_of(charter: str, version: str) -> str:
    """The TOML text of a version, shipped or adopted. Raises CharterError when there is none."""
    if shipped(charter, version) is not None:
        return (FOLDER / charter / f"{version}.toml").read_text(encoding="utf-8")
    load_charter(charter, version)
    return library.text_of(charter, version)


def versions(charter: str) -> tuple[str, ...]:
    """The versions shipped and adopted, oldest first."""
    if charter not in CHARTERS:
        raise CharterError("no_charter", charter=charter)
    found = {path.stem for path in (FOLDER / charter).glob("*.toml") if is_version(path.stem)}
    found |= {each.version for each in library.adopted(charter)}
    return tuple(sorted(found, key=order))


@cache
def _shipped_parameters() -> dict[tuple[str, str], Parameter]:
    """By the check of the clause and their name, the parameters that the shipped files write; by
    their name alone, those that no check reads, which time what follows (``grace``)."""
    found: dict[tuple[str, str], Parameter] = {}
    for code in CHARTERS:
        for path in sorted((FOLDER / code).glob("*.toml"), key=lambda path: order(path.stem)):
            for clause in load_charter(code, path.stem).clauses:
                read = checks.CHECKS[clause.check].parameters
                for name, each in clause.parameters.items():
                    found.setdefault((clause.check if name in read else "", name), each)
    return found


def usual_parameters(check: str) -> dict[str, Parameter]:
    """The parameters that a check reads, as the shipped files write them; empty where none does."""
    shipped_ones = _shipped_parameters()
    read = [(check, name) for name in checks.CHECKS[check].parameters]
    return {each[1]: shipped_ones[each] for each in read if each in shipped_ones}


def usual_parameter(check: str, name: str) -> Parameter | None:
    """A parameter of a clause as the shipped files write it: in the unit in which it is read, and
    the direction in which what reads it is stricter."""
    shipped_ones = _shipped_parameters()
    return shipped_ones.get((check, name)) or shipped_ones.get(("", name))


def versions_in_force(on: date, establishment: str | None = None) -> dict[str, str]:
    """The version of each charter in force that day, as kept on a case.

    With an ``establishment`` (its slug), its own stricter version where it adopted one: of the
    network's version in force, or of an earlier one while it asks for at least as much as the one
    in force.
    """
    chosen = {}
    for charter in CHARTERS:
        past = [
            each
            for each in versions(charter)
            if not is_local(each) and load_charter(charter, each).in_force_from <= on
        ]
        if past:
            chosen[charter] = past[-1]
    last = {
        each.charter: each
        for each in (library.adopted() if establishment is not None else ())
        if each.establishment == establishment and each.in_force_from <= on
    }
    for charter, local in last.items():
        if charter in chosen and _stands(local, chosen[charter]):
            chosen[charter] = local.version
    return chosen


def _stands(local: library.Adopted, network: str) -> bool:
    """Whether a local version still judges once the network's version is ``network``: what one of
    those since its base ended does not come back."""
    own = load_charter(local.charter, local.version)
    base = int(base_of(local.version))
    since = [
        each
        for each in versions(local.charter)
        if not is_local(each) and base < int(each) <= int(network)
    ]
    return base <= int(network) and all(
        as_strict(own, load_charter(local.charter, each)) for each in since
    )


def ended_by(network: Charter) -> tuple[library.Adopted, ...]:
    """The versions of establishments that would end on the day ``network``, a version not yet
    adopted, takes effect: those that ask for less than it does somewhere."""
    ended = []
    for each in library.adopted(network.code):
        if each.establishment is None:
            continue
        in_force = versions_in_force(network.in_force_from, each.establishment)
        stands = in_force[network.code] == each.version
        if stands and not as_strict(load_charter(network.code, each.version), network):
            ended.append(each)
    return tuple(ended)


def local_versions(on: date) -> tuple[library.Adopted, ...]:
    """The versions of establishments in force that day that those they bind sign."""
    places = dict.fromkeys(
        (each.charter, each.establishment) for each in library.adopted() if each.establishment
    )
    return tuple(filter(None, (_signed_there(charter, on, place) for charter, place in places)))


def _signed_there(charter: str, on: date, establishment: str | None) -> library.Adopted | None:
    """The version of an establishment in force that day, where there is one that is signed: those
    adopted before they had a day for it bind without."""
    own = {
        each.version: each
        for each in library.adopted(charter)
        if each.establishment is not None and each.establishment == establishment
    }
    found = own.get(versions_in_force(on, establishment).get(charter, "")) if own else None
    return found if found is not None and found.sign_by is not None else None


def versions_elsewhere(charter: str, establishment: str | None = None) -> frozenset[str]:
    """The versions of other establishments than that one: their signature says nothing there."""
    return frozenset(
        each.version
        for each in library.adopted(charter)
        if each.establishment not in (None, establishment)
    )


def versions_signed_for(
    charter: str, on: date, establishment: str | None = None
) -> tuple[str, ...]:
    """The versions whose signature counts that day, the one in force first: in the network, or at
    an ``establishment`` (its slug) that has its own.

    Until the day by which a version must be signed, the one before it still counts; before an
    establishment's, the network's does. One replaced while it was being signed asks no more than
    the one that replaces it.
    """
    counted, day = [], on
    while (own := _signed_there(charter, day, establishment)) is not None:
        counted.append(own.version)
        if day > own.sign_by:
            return tuple(counted)
        day = own.in_force_from - timedelta(days=1)
    return (*counted, *_signed_in_network(charter, on))


def _signed_in_network(charter: str, on: date) -> tuple[str, ...]:
    sign_by = {each.version: each.sign_by for each in library.adopted(charter)}
    counted = []
    for version in reversed(versions(charter)):
        if is_local(version) or load_charter(charter, version).in_force_from > on:
            continue
        counted.append(version)
        last_day = sign_by.get(version)
        if last_day is None or on > last_day:
            break
    return tuple(counted)


def load_charters(versions_by_charter: Mapping[str, str]) -> tuple[Charter, ...]:
    """The charters of a case, from ``{"utilisateur": "1", …}``, in the order of CHARTERS."""
    return tuple(
        load_charter(charter, versions_by_charter[charter])
        for charter in CHARTERS
        if charter in versions_by_charter
    )


def read_charter(text: str, *, charter: str, version: str, origin: str = "") -> Charter:
    """Read and validate a charter's text. Raises CharterError naming the first line at fault."""
    data = _parsed(text, origin)
    return _Reader(text, origin).charter(data, charter, version)


def written_version(text: str) -> str:
    """The version that a text says it is. Raises CharterError when it says none."""
    data = _parsed(text, "")
    return _Reader(text, "").text(data, "version")


def written_charter(text: str) -> str:
    """The charter that a text says it is of. Raises CharterError when it says none."""
    data = _parsed(text, "")
    return _Reader(text, "").one_of(CHARTERS, data, "charter")


def _parsed(text: str, origin: str) -> dict[str, Any]:
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise CharterError("too_large", origin=origin, most=LARGEST // 1024)
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            raise CharterError("line_too_long", number, origin, most=LONGEST_LINE)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        # What Python says of it is in English.
        where = f"colonne {place[2]}" if place else "fin du fichier"
        raise CharterError("not_toml", line, origin, detail=(where, str(error)[:200])) from error
    except RecursionError as error:
        raise CharterError("too_deep", origin=origin) from error
    return data


class _Reader:
    def __init__(self, text: str, origin: str) -> None:
        self.lines, self.origin = line_numbers(text), origin

    def fault(self, key: str, *path: str | int, **values: Any) -> CharterError:
        return CharterError(key, line_of(self.lines, path), self.origin, **values)

    def charter(self, data: dict[str, Any], code: str, version: str) -> Charter:
        self.only(data, {"charter", "version", "in_force_from", "title", "audience", "article"})
        if self.text(data, "charter") != code:
            raise self.fault("other_charter", "charter", charter=code)
        if self.text(data, "version") != version:
            raise self.fault("other_version", "version", version=version)
        since = data.get("in_force_from")
        if type(since) is not date:
            raise self.fault("not_a_date", "in_force_from", name="in_force_from")
        articles = []
        seen: set[str] = set()
        for index, item in enumerate(self.tables(data, "article")):
            article = self.article(item, code, version, ("article", index))
            if article.code in seen:
                raise self.fault("twice", "article", index, "code", code=article.code)
            seen.add(article.code)
            codes = [clause.code for clause in article.clauses]
            if len(set(codes)) != len(codes):
                raise self.fault("clause_twice", "article", index, code=article.code)
            articles.append(article)
        if not articles:
            raise self.fault("no_article")
        return Charter(
            code=code,
            version=version,
            in_force_from=since,
            title=self.texts(data, "title"),
            audience=self.texts(data, "audience"),
            articles=tuple(articles),
        )

    def article(self, item: dict, charter: str, version: str, path: tuple) -> Article:
        self.only(
            item,
            {"code", "nature", "title", "text", "looks_at", "source", "clause", "planned"},
            *path,
        )
        code = self.text(item, "code", *path)
        if not re.fullmatch(rf"{LETTERS[charter]}-\d\d", code):
            raise self.fault("not_an_article", *path, "code", code=code, letter=LETTERS[charter])
        clauses = tuple(
            self.clause(each, charter, code, version, (*path, "clause", index))
            for index, each in enumerate(self.tables(item, "clause", *path))
        )
        planned = tuple(
            self.planned(each, (*path, "planned", index))
            for index, each in enumerate(self.tables(item, "planned", *path))
        )
        if bool(clauses) == bool(planned):
            raise self.fault("clause_or_planned", *path, code=code)
        sources = tuple(
            self.source(each, (*path, "source", index))
            for index, each in enumerate(self.tables(item, "source", *path))
        )
        if not sources:
            raise self.fault("no_source", *path, code=code)
        if all(source.preparatory for source in sources):
            raise self.fault("preparatory_alone", *path, "source", 0, code=code)
        return Article(
            code=code,
            charter=charter,
            version=version,
            nature=self.one_of(NATURES, item, "nature", *path),
            title=self.texts(item, "title", *path),
            text=self.texts(item, "text", *path),
            looks_at=self.texts(item, "looks_at", *path),
            sources=sources,
            clauses=clauses,
            planned=planned,
        )

    def clause(self, item: dict, charter: str, article: str, version: str, path: tuple) -> Clause:
        self.only(
            item,
            {"code", "kind", "subject", "steps", "check", "over", "among", "reserve_at"}
            | {"unless", "continuous", "parameter"},
            *path,
        )
        code = self.text(item, "code", *path)
        if not re.fullmatch(rf"{article}[a-z]?", code):
            raise self.fault("not_a_clause", *path, "code", code=code, article=article)
        kind = self.one_of(KINDS, item, "kind", *path)
        subject = self.one_of(SUBJECTS, item, "subject", *path)
        steps = self.codes(item, "steps", *path)
        if (kind in ("guard", "judgement")) != bool(steps):
            raise self.fault("steps_of_kind", *path, code=code)
        over = item.get("over")
        if over not in (None, "every", "some") or (over and subject != "request"):
            raise self.fault("over", *path, "over")
        reserve_at = self.codes(item, "reserve_at", *path)
        if not set(reserve_at) <= set(steps):
            raise self.fault("reserve_elsewhere", *path, "reserve_at")
        name = self.text(item, "check", *path)
        known = checks.CHECKS.get(name)
        if known is None:
            raise self.fault("unknown_check", *path, "check", check=name)
        if known.keyed != (over is not None or subject in ("site", "member", "result")):
            raise self.fault("check_subject", *path, "check", check=name, subject=subject)
        return Clause(
            code=code,
            charter=charter,
            article=article,
            version=version,
            kind=kind,
            subject=subject,
            steps=steps,
            check=name,
            parameters=self.parameters(item, known.parameters, path),
            over=over,
            among=self.one_of(AMONG, {"among": "perimeter"} | item, "among", *path),
            reserve_at=reserve_at,
            unless=self.codes(item, "unless", *path),
            continuous=self.flag(item, "continuous", *path),
        )

    def parameters(self, item: dict, wanted: Mapping[str, str], path: tuple) -> dict:
        written = item.get("parameter", {})
        if not isinstance(written, dict):
            raise self.fault("not_a_table", *path, "parameter", name="parameter")
        for name in wanted:
            if name not in written:
                raise self.fault("parameter_missing", *path, name=name)
        return {
            name: self.parameter(name, wanted.get(name), each, (*path, "parameter", name))
            for name, each in written.items()
        }

    def parameter(self, name: str, wanted: str | None, item: Any, path: tuple) -> Parameter:
        if not isinstance(item, dict):
            raise self.fault("not_a_table", *path, name=name)
        self.only(item, {"type", "value", "unit", "stricter", "label"}, *path)
        kind = self.one_of(tuple(TYPES), item, "type", *path)
        if wanted is not None and kind != wanted:
            raise self.fault("parameter_type", *path, "type", name=name, type=wanted)
        if "value" not in item or not TYPES[kind](item["value"]):
            raise self.fault("value_type", *path, "value", name=name, type=TYPES_SAID[kind])
        value = item["value"]
        if kind == "integer" and not 0 <= value <= 10**6:
            raise self.fault("out_of_bounds", *path, "value", name=name)
        return Parameter(
            name=name,
            type=kind,
            value=tuple(value) if kind == "codes" else value,
            unit=self.one_of(UNITS, {"unit": ""} | item, "unit", *path),
            stricter=self.one_of(DIRECTIONS[kind], item, "stricter", *path),
            label=self.texts(item, "label", *path),
        )

    def source(self, item: dict, path: tuple) -> Source:
        self.only(item, {"label", "preparatory", "reread"}, *path)
        return Source(
            label=self.texts(item, "label", *path),
            preparatory=self.flag(item, "preparatory", *path),
            reread=self.flag(item, "reread", *path),
        )

    def planned(self, item: dict, path: tuple) -> Planned:
        self.only(item, {"kind", "subject", "steps"}, *path)
        return Planned(
            kind=self.one_of(KINDS, item, "kind", *path),
            subject=self.one_of(SUBJECTS, item, "subject", *path),
            steps=self.codes(item, "steps", *path),
        )

    def only(self, item: dict, allowed: set[str], *path: str | int) -> None:
        for key in item:
            if key not in allowed:
                raise self.fault("unknown_key", *path, key, name=key)

    def text(self, item: dict, key: str, *path: str | int) -> str:
        value = item.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault("not_a_text", *path, key, name=key)
        if any(category(each) in _HIDDEN and each not in "\n\t" for each in value):
            raise self.fault("hidden_characters", *path, key, name=key)
        return value.strip()

    def texts(self, item: dict, key: str, *path: str | int) -> dict[str, str]:
        value = item.get(key)
        if not isinstance(value, dict) or set(value) != {"fr", "en"}:
            raise self.fault("two_languages", *path, key, name=key)
        return {
            language: " ".join(self.text(value, language, *path, key).split())
            if key != "text"
            else self.text(value, language, *path, key)
            for language in ("fr", "en")
        }

    def one_of(self, allowed: tuple, item: dict, key: str, *path: str | int) -> str:
        value = item.get(key)
        if not isinstance(value, str) or value not in allowed:
            raise self.fault("one_of", *path, key, name=key, allowed=", ".join(allowed))
        return value

    def flag(self, item: dict, key: str, *path: str | int) -> bool:
        value = item.get(key, False)
        if not isinstance(value, bool):
            raise self.fault("not_a_flag", *path, key, name=key)
        return value

    def codes(self, item: dict, key: str, *path: str | int) -> tuple[str, ...]:
        value = item.get(key, [])
        if not TYPES["codes"](value):
            raise self.fault("not_codes", *path, key, name=key)
        return tuple(value)

    def tables(self, item: dict, key: str, *path: str | int) -> list[dict]:
        value = item.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.fault("not_tables", *path, key, name=key)
        return value
