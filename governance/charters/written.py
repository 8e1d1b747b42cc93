"""A charter written as the TOML file that says it: the inverse of ``read_charter``.

What is edited on screen is exported by this; what it writes reads back as the same charter.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from governance.charters.clauses import Article, Charter, Clause, Planned, Source
from governance.charters.parameters import Parameter


def to_toml(charter: Charter) -> str:
    """The file of ``charter``, ready to be proposed or shipped."""
    lines = [
        f"# {charter.title['fr']}, version {charter.version}.",
        "# Errors in this file are reported with their line by governance.charters.loader.",
        "",
        f"charter = {_text(charter.code)}",
        f"version = {_text(charter.version)}",
        f"in_force_from = {charter.in_force_from.isoformat()}",
        f"title = {_texts(charter.title)}",
        f"audience = {_texts(charter.audience)}",
    ]
    for article in charter.articles:
        lines += ["", *_article(article)]
    return "\n".join(lines) + "\n"


def _article(article: Article) -> Iterable[str]:
    yield "[[article]]"
    yield f"code = {_text(article.code)}"
    yield f"nature = {_text(article.nature)}"
    yield f"title = {_texts(article.title)}"
    for language in ("fr", "en"):
        yield f"text.{language} = {_text(article.text[language])}"
    yield f"looks_at = {_texts(article.looks_at)}"
    for source in article.sources:
        yield from _source(source)
    for clause in article.clauses:
        yield from _clause(clause)
    for planned in article.planned:
        yield from _planned(planned)


def _source(source: Source) -> Iterable[str]:
    yield "[[article.source]]"
    yield f"label = {_texts(source.label)}"
    for name in ("preparatory", "reread"):
        if getattr(source, name):
            yield f"{name} = true"


def _clause(clause: Clause) -> Iterable[str]:
    yield "[[article.clause]]"
    yield f"code = {_text(clause.code)}"
    yield f"kind = {_text(clause.kind)}"
    yield f"subject = {_text(clause.subject)}"
    if clause.over is not None:
        yield f"over = {_text(clause.over)}"
    if clause.among != "perimeter":
        yield f"among = {_text(clause.among)}"
    for name in ("steps", "reserve_at", "unless"):
        if getattr(clause, name):
            yield f"{name} = {_value(getattr(clause, name))}"
    if clause.continuous:
        yield "continuous = true"
    yield f"check = {_text(clause.check)}"
    for parameter in clause.parameters.values():
        yield from _parameter(parameter)


def _parameter(parameter: Parameter) -> Iterable[str]:
    yield f"[article.clause.parameter.{_text(parameter.name)}]"
    yield f"type = {_text(parameter.type)}"
    yield f"value = {_value(parameter.value)}"
    if parameter.unit:
        yield f"unit = {_text(parameter.unit)}"
    yield f"stricter = {_text(parameter.stricter)}"
    yield f"label = {_texts(parameter.label)}"


def _planned(planned: Planned) -> Iterable[str]:
    yield "[[article.planned]]"
    yield f"kind = {_text(planned.kind)}"
    yield f"subject = {_text(planned.subject)}"
    if planned.steps:
        yield f"steps = {_value(planned.steps)}"


def _texts(texts: Mapping[str, str]) -> str:
    return f"{{ fr = {_text(texts['fr'])}, en = {_text(texts['en'])} }}"


def _text(text: str) -> str:
    """A TOML basic string: JSON's, line ends written as ``\\n``."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_text(each) for each in value) + "]"
    return str(value) if isinstance(value, int) else _text(value)
