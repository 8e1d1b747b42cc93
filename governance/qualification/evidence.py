"""What a formality requires before access, and whether a piece given is well formed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from governance.qualification.questions import read_data, source_label

_DATA: Final = read_data("evidence.toml")
#: A text that names something has at least this many characters, and no more than the other.
SHORTEST, LONGEST = 2, 200


@dataclass(frozen=True, slots=True)
class EvidenceField:
    """One field of a piece. ``type`` is text, date (ISO), number (``pattern``) or choice."""

    name: str
    type: str
    label: Mapping[str, str]
    pattern: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()

    def accepts(self, value: Any) -> bool:
        """Whether ``value`` is well formed for this field."""
        if not isinstance(value, str):
            return False
        value = value.strip()
        if self.type == "choice":
            return value in self.choices
        if self.type == "number":
            return re.fullmatch(self.pattern, value, re.ASCII) is not None
        if self.type == "date":
            return _is_date(value)
        return SHORTEST <= len(value) <= LONGEST


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence. ``forms`` are the ways to give it: one filled whole is enough."""

    code: str
    label: Mapping[str, str]
    source: str
    forms: tuple[tuple[EvidenceField, ...], ...]

    def as_data(self, language: str = "fr") -> dict[str, str]:
        """As the command and the API say it."""
        return {
            "code": self.code,
            "label": self.label["en" if language.startswith("en") else "fr"],
            "source": source_label(self.source, language),
        }


def _piece(code: str, data: Mapping[str, Any]) -> Piece:
    forms = tuple(
        tuple(
            EvidenceField(
                name=name,
                type=field["type"],
                label=field["label"],
                pattern=field.get("pattern", ""),
                example=field.get("example", ""),
                choices=tuple(field.get("choices", ())),
            )
            for name, field in form.items()
        )
        for form in data["form"]
    )
    return Piece(code, data["label"], data["source"], forms)


PIECES: Final[dict[str, Piece]] = {
    code: _piece(code, data) for code, data in _DATA["piece"].items()
}
CONDITIONS: Final[dict[str, Any]] = _DATA["condition"]
BODIES: Final[dict[str, Any]] = _DATA["body"]
FORMALITIES: Final = tuple(dict.fromkeys(each["formality"] for each in _DATA["requires"]))


def evidence_of(formality: str, qualification: str | None = None) -> tuple[Piece, ...]:
    """The pieces that ``formality`` requires of a study of that ``qualification``.

    Without the qualification, all that the formality may require of any: never too little.
    Raises KeyError when the formality is unknown.
    """
    if formality not in FORMALITIES:
        raise KeyError(formality)
    codes = dict.fromkeys(
        code
        for each in _DATA["requires"]
        if each["formality"] == formality
        and (
            qualification is None
            or "qualification" not in each
            or qualification in each["qualification"]
        )
        for code in each["pieces"]
    )
    return tuple(PIECES[code] for code in codes)


def piece_problems(piece: Piece, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the fields that are absent or ill formed, in the form nearest to complete."""
    problems = [
        tuple(field.name for field in form if not field.accepts(values.get(field.name)))
        for form in piece.forms
    ]
    return min(problems, key=len)


def piece_is_valid(piece: Piece, values: Mapping[str, Any]) -> bool:
    """Whether one form of the piece is filled whole and well."""
    return not piece_problems(piece, values)


def _is_date(value: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
