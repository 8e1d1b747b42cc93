"""Reads a charter's file, and refuses with the line at fault one that cannot execute.

A charter lives in ``<charter>/<version>.toml`` beside this module. :func:`load_charter` reads a
file shipped with the product; :func:`read_charter` reads any text, and is what a proposed version
goes through before anything else looks at it.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from governance.charters import checks
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
from governance.charters.lines import line_numbers, line_of
from governance.charters.parameters import DIRECTIONS, TYPES, UNITS, Parameter

FOLDER: Final = Path(__file__).parent
LARGEST: Final = 512 * 1024
LETTERS: Final = {"utilisateur": "U", "producteur": "P", "citoyen": "C"}
_VERSION: Final = re.compile(r"^[1-9][0-9]{0,3}(-[a-z0-9]{1,20}){0,3}$")


class CharterError(ValueError):
    """A charter that cannot be read or cannot execute: ``message``, and ``line`` from 1."""

    def __init__(self, message: str, line: int = 1, origin: str = "") -> None:
        self.message, self.line, self.origin = message, line, origin
        super().__init__(f"{origin or 'charter'}, line {line}: {message}")


@cache
def load_charter(charter: str, version: str) -> Charter:
    """The charter of that code and version. Raises CharterError when there is none."""
    if charter not in CHARTERS or not _VERSION.match(version):
        raise CharterError(f"no charter {charter!r} in version {version!r}")
    path = FOLDER / charter / f"{version}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CharterError(f"no charter {charter!r} in version {version!r}") from None
    return read_charter(text, charter=charter, version=version, origin=f"{charter}/{path.name}")


def versions(charter: str) -> tuple[str, ...]:
    """The versions shipped, oldest first."""
    if charter not in CHARTERS:
        raise CharterError(f"no charter {charter!r}")
    found = [path.stem for path in (FOLDER / charter).glob("*.toml") if _VERSION.match(path.stem)]
    return tuple(sorted(found, key=lambda each: (int(each.split("-")[0]), each)))


def versions_in_force(on: date) -> dict[str, str]:
    """The version of each charter in force that day, as kept on a case."""
    chosen = {}
    for charter in CHARTERS:
        past = [
            each for each in versions(charter) if load_charter(charter, each).in_force_from <= on
        ]
        if past:
            chosen[charter] = past[-1]
    return chosen


def load_charters(versions_by_charter: Mapping[str, str]) -> tuple[Charter, ...]:
    """The charters of a case, from ``{"utilisateur": "1", …}``, in the order of CHARTERS."""
    return tuple(
        load_charter(charter, versions_by_charter[charter])
        for charter in CHARTERS
        if charter in versions_by_charter
    )


def read_charter(text: str, *, charter: str, version: str, origin: str = "") -> Charter:
    """Read and validate a charter's text. Raises CharterError naming the first line at fault."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise CharterError(f"the file is larger than {LARGEST // 1024} kB", origin=origin)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise CharterError(f"not TOML: {error}", line, origin) from error
    except RecursionError as error:
        raise CharterError("nested too deeply", origin=origin) from error
    return _Reader(text, origin).charter(data, charter, version)


class _Reader:
    def __init__(self, text: str, origin: str) -> None:
        self.lines, self.origin = line_numbers(text), origin

    def fault(self, message: str, *path: str | int) -> CharterError:
        return CharterError(message, line_of(self.lines, path), self.origin)

    def charter(self, data: dict[str, Any], code: str, version: str) -> Charter:
        self.only(data, {"charter", "version", "in_force_from", "title", "audience", "article"})
        if self.text(data, "charter") != code:
            raise self.fault(f"the file is not of the charter {code!r}", "charter")
        if self.text(data, "version") != version:
            raise self.fault(f"the file is not version {version!r}", "version")
        since = data.get("in_force_from")
        if type(since) is not date:
            raise self.fault("in_force_from must be a date", "in_force_from")
        articles = []
        seen: set[str] = set()
        for index, item in enumerate(self.tables(data, "article")):
            article = self.article(item, code, version, ("article", index))
            if article.code in seen:
                raise self.fault(f"{article.code} is written twice", "article", index, "code")
            seen.add(article.code)
            codes = [clause.code for clause in article.clauses]
            if len(set(codes)) != len(codes):
                raise self.fault(f"{article.code} has a clause twice", "article", index)
            articles.append(article)
        if not articles:
            raise self.fault("a charter has at least one [[article]]")
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
            raise self.fault(f"{code!r} is not {LETTERS[charter]}- and two digits", *path, "code")
        clauses = tuple(
            self.clause(each, charter, code, version, (*path, "clause", index))
            for index, each in enumerate(self.tables(item, "clause", *path))
        )
        planned = tuple(
            self.planned(each, (*path, "planned", index))
            for index, each in enumerate(self.tables(item, "planned", *path))
        )
        if bool(clauses) == bool(planned):
            raise self.fault(f"{code} needs either [[clause]] or [[planned]]", *path)
        sources = tuple(
            self.source(each, (*path, "source", index))
            for index, each in enumerate(self.tables(item, "source", *path))
        )
        if not sources:
            raise self.fault(f"{code} names no source", *path)
        if all(source.preparatory for source in sources):
            raise self.fault(f"{code} stands on a préfiguration alone", *path, "source", 0)
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
            raise self.fault(f"{code!r} is not {article} and at most a letter", *path, "code")
        kind = self.one_of(KINDS, item, "kind", *path)
        subject = self.one_of(SUBJECTS, item, "subject", *path)
        steps = self.codes(item, "steps", *path)
        if (kind in ("guard", "judgement")) != bool(steps):
            raise self.fault(f"{code}: guards and judgements have steps, others none", *path)
        over = item.get("over")
        if over not in (None, "every", "some") or (over and subject != "request"):
            raise self.fault("over is every or some, of a clause of the request", *path, "over")
        reserve_at = self.codes(item, "reserve_at", *path)
        if not set(reserve_at) <= set(steps):
            raise self.fault("reserve_at names a step not guarded", *path, "reserve_at")
        name = self.text(item, "check", *path)
        known = checks.CHECKS.get(name)
        if known is None:
            raise self.fault(f"unknown check {name!r}", *path, "check")
        if known.keyed != (over is not None or subject in ("site", "member", "result")):
            raise self.fault(f"{name} does not read a {subject}", *path, "check")
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
            raise self.fault("parameter must be a table", *path, "parameter")
        for name in wanted:
            if name not in written:
                raise self.fault(f"parameter {name!r} is missing", *path)
        return {
            name: self.parameter(name, wanted.get(name), each, (*path, "parameter", name))
            for name, each in written.items()
        }

    def parameter(self, name: str, wanted: str | None, item: Any, path: tuple) -> Parameter:
        if not isinstance(item, dict):
            raise self.fault(f"parameter {name!r} must be a table", *path)
        self.only(item, {"type", "value", "unit", "stricter", "label"}, *path)
        kind = self.one_of(tuple(TYPES), item, "type", *path)
        if wanted is not None and kind != wanted:
            raise self.fault(f"parameter {name!r} must be of type {wanted}", *path, "type")
        if "value" not in item or not TYPES[kind](item["value"]):
            raise self.fault(f"the value of {name!r} is not of type {kind}", *path, "value")
        value = item["value"]
        if kind == "integer" and not 0 <= value <= 10**6:
            raise self.fault(f"the value of {name!r} is out of bounds", *path, "value")
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
                raise self.fault(f"unknown key {key!r}", *path, key)

    def text(self, item: dict, key: str, *path: str | int) -> str:
        value = item.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(f"{key} must be a text", *path, key)
        return value.strip()

    def texts(self, item: dict, key: str, *path: str | int) -> dict[str, str]:
        value = item.get(key)
        if not isinstance(value, dict) or set(value) != {"fr", "en"}:
            raise self.fault(f"{key} must be given in fr and en", *path, key)
        return {
            language: " ".join(self.text(value, language, *path, key).split())
            if key != "text"
            else self.text(value, language, *path, key)
            for language in ("fr", "en")
        }

    def one_of(self, allowed: tuple, item: dict, key: str, *path: str | int) -> str:
        value = item.get(key)
        if not isinstance(value, str) or value not in allowed:
            raise self.fault(f"{key} must be one of {', '.join(allowed)}", *path, key)
        return value

    def flag(self, item: dict, key: str, *path: str | int) -> bool:
        value = item.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(f"{key} must be true or false", *path, key)
        return value

    def codes(self, item: dict, key: str, *path: str | int) -> tuple[str, ...]:
        value = item.get(key, [])
        if not TYPES["codes"](value):
            raise self.fault(f"{key} must be a list of codes, each once", *path, key)
        return tuple(value)

    def tables(self, item: dict, key: str, *path: str | int) -> list[dict]:
        value = item.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.fault(f"{key} must be written [[{key}]]", *path, key)
        return value
