"""The questions of the qualification and the texts they rest on, read from data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Question:
    """A question in plain words. ``kind`` is ``boolean`` or ``choice``; texts by language."""

    code: str
    kind: str
    label: Mapping[str, str]
    help: Mapping[str, str]
    source: str
    choices: tuple[tuple[str, Mapping[str, str]], ...]

    @property
    def values(self) -> tuple[Any, ...]:
        """The answers that exist."""
        if self.kind == "boolean":
            return (True, False)
        return tuple(code for code, _ in self.choices)


def read_data(name: str) -> dict[str, Any]:
    """One of the TOML files of this package."""
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


TEXTS: Final = read_data("texts.toml")

QUESTIONS: Final[tuple[Question, ...]] = tuple(
    Question(
        code=each["code"],
        kind=each["kind"],
        label=each["label"],
        help=each["help"],
        source=each["source"],
        choices=tuple((choice["code"], choice["label"]) for choice in each.get("choice", ())),
    )
    for each in read_data("questions.toml")["question"]
)
_BY_CODE: Final = {question.code: question for question in QUESTIONS}


def question(code: str) -> Question:
    """The question of that code. Raises KeyError when there is none."""
    return _BY_CODE[code]


def source_label(code: str, language: str = "fr") -> str:
    """The name of a text, in the reader's language."""
    return TEXTS[code]["label"]["en" if language.startswith("en") else "fr"]


@dataclass(frozen=True, slots=True)
class AnswerError:
    """An answer that cannot be read: ``problem`` is ``unknown_key`` or ``unknown_value``."""

    key: str
    value: Any
    problem: str
    expected: tuple[Any, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As JSON values."""
        data = {"key": self.key, "problem": self.problem}
        if self.problem == "unknown_value":
            data |= {"value": self.value, "expected": list(self.expected)}
        return data


def check_answers(answers: Mapping[str, Any]) -> tuple[AnswerError, ...]:
    """What cannot be read in ``answers``: keys and values that do not exist. True and false are
    JSON's: 1 is not true."""
    errors = []
    for key, value in answers.items():
        known = _BY_CODE.get(key)
        if known is None:
            errors.append(AnswerError(str(key), None, "unknown_key"))
        elif not any(value is each or _same_text(value, each) for each in known.values):
            errors.append(AnswerError(key, value, "unknown_value", known.values))
    return tuple(errors)


def _same_text(value: Any, expected: Any) -> bool:
    return isinstance(value, str) and isinstance(expected, str) and value == expected
