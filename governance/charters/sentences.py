"""Says a verdict in the reader's language.

Sentences are data (``sentences.toml``): a key, French and English, and the names of the values
that stand in them. A verdict stored years ago is said again from its key and values alone.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from governance.charters.verdict import Verdict
from governance.typography import set_in_french

_FILE: Final = Path(__file__).with_name("sentences.toml")
_MONTHS: Final = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}
_DATE: Final = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_NAME: Final = re.compile(r"\{(\w+)\}")


@cache
def catalogue() -> dict[str, Any]:
    """The tables of ``sentences.toml``."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def label(kind: str, code: str, language: str = "fr") -> str:
    """The words for a code: ``kind`` is section, mender, missing, word, unit, kind, nature, subject
    or check. A code without words is said as it is."""
    entry = catalogue()[kind].get(code)
    return code if entry is None else entry[_language(language)]


def check_words(name: str, language: str = "fr") -> str:
    """What a check looks at, in words; its version is said from the second on."""
    function, _at, version = name.partition("@")
    said = label("check", function, language)
    said = set_in_french(said) if _language(language) == "fr" else said
    return said if version in ("", "1") else f"{said} ({version})"


def codes_words(parameter: str, codes: Iterable[str], language: str = "fr") -> str:
    """The codes of a list that a charter gives, by the name of its parameter, in words."""
    language = _language(language)
    said = _word(parameter, list(codes), language, {}) or _frame("empty", language)
    return set_in_french(said) if language == "fr" else said


def sentence(
    verdict: Verdict,
    language: str = "fr",
    names: Mapping[str, str] | None = None,
    *,
    yours: bool = False,
) -> str:
    """What the verdict says, in ``language`` (``fr``, ``en`` or a region of them).

    ``names`` gives the establishments' and members' names by slug or reference; those of
    evidence and of formalities' pieces are read from the qualification by the caller, who passes
    them as ``evidence.<code>``. Without a name, the code stands. ``yours``: who reads it is who
    mends it.
    """
    language, names = _language(language), names or {}
    values = dict(verdict.values)
    said = _say(_template(verdict, language), _words(verdict, language, names), language)
    parts = [said]
    if verdict.holds is not True:
        if values.get("sites"):
            sites = _list([names.get(each, each) for each in values["sites"]], language)
            parts.append(_say(_frame("sites", language), {"sites": sites}, language))
        if verdict.missing:
            parts.append(_where(verdict, language, yours))
        if verdict.holds is None:
            parts.append(_frame("reserve", language))
    text = " ".join(parts)
    if verdict.of is not None and verdict.of in names:
        return _say(_frame("of", language), {"name": names[verdict.of], "sentence": text}, language)
    return text


def _template(verdict: Verdict, language: str) -> str:
    entry = catalogue()["sentence"].get(verdict.key)
    if entry is None:
        return verdict.key
    if verdict.values.get("count") == 1 and f"{language}_one" in entry:
        return entry[f"{language}_one"]
    return entry[language]


def _where(verdict: Verdict, language: str, yours: bool) -> str:
    if verdict.mender == "holder" and verdict.section:
        section = label("section", verdict.section, language)
        return _say(_frame("mend_in", language), {"section": section}, language)
    mender = _frame("you", language) if yours else label("mender", verdict.mender, language)
    return _say(_frame("mended_by", language), {"mender": mender}, language)


def _words(verdict: Verdict, language: str, names: Mapping[str, str]) -> dict[str, str]:
    words = {name: _word(name, value, language, names) for name, value in verdict.values.items()}
    words["missing"] = _list(
        [names.get(path) or label("missing", path, language) for path in verdict.missing],
        language,
    )
    return words


def _word(name: str, value: Any, language: str, names: Mapping[str, str]) -> str:
    """The words for a value; a code that means something else elsewhere is ``<name>.<code>``."""
    if isinstance(value, list | tuple):
        return _list([_word(name, each, language, names) for each in value], language)
    if isinstance(value, str) and _DATE.match(value):
        return say_date(date.fromisoformat(value), language)
    if isinstance(value, str):
        known = catalogue()["word"]
        code = f"{name}.{value}" if f"{name}.{value}" in known else value
        return names.get(value) or label("word", code, language)
    return str(value)


def say_date(day: date, language: str = "fr") -> str:
    """``12 décembre 2026``, ``1er janvier 2027`` in French; ``12 December 2026`` in English."""
    language = _language(language)
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[language].split()[day.month - 1]} {day.year}"


def _say(template: str, words: Mapping[str, str], language: str) -> str:
    """Values stand as they are: one that holds braces is not read again as a template."""
    said = _NAME.sub(lambda found: words.get(found[1], "…"), template)
    return set_in_french(said) if language == "fr" else said


def _list(said: list[str], language: str) -> str:
    if len(said) < 2:
        return "".join(said)
    return ", ".join(said[:-1]) + _frame("last", language) + said[-1]


def _frame(name: str, language: str) -> str:
    return catalogue()["frame"][name][language]


def _language(language: str) -> str:
    return "en" if language.lower().startswith("en") else "fr"
