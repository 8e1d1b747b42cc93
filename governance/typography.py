"""French typography: the spaces at which no line may be broken.

The sentences of the code, the templates and the charters are written with ordinary spaces, as a
keyboard gives them. `set_in_french` is what they become when shown: a narrow no-break space before
`;`, `!` and `?`; a no-break space before `:` and `»`, after `«`, and between a number and its
unit. It only changes one kind of space into another, where a space stands already: applied twice,
it changes nothing more. It leaves alone what is between `<` and `>`, and addresses.
"""

import re
from typing import Final

NO_BREAK: Final = "\N{NO-BREAK SPACE}"
NARROW: Final = "\N{NARROW NO-BREAK SPACE}"

UNITS: Final = (
    "ans?|mois|semaines?|jours?|heures?|h|minutes?|min|secondes?|s|ms|ko|Mo|Go|km|mg|ml|€"
)
_ANY: Final = re.compile(r"[;:!?»«%}\d]")
_KEPT: Final = re.compile(r"(<[^<>]*>|\bhttps?://\S+)")
_NUMBER: Final = r"(?:\d|%\(\w+\)[sd]|(?<!\{)\{\w+\})"
_CHANGES: Final = (
    (re.compile(r" (?=[;!?](?![\w=]))"), NARROW),
    (re.compile(r" (?=:(?![\w/=])|»)|(?<=«) "), NO_BREAK),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))(?<!\d{4} )"), NARROW),
    (re.compile(rf"({_NUMBER}) (?=%%|%(?![(\w])|(?:{UNITS})(?!\w))"), rf"\1{NO_BREAK}"),
    (re.compile(r"(?<=\d[ \u00a0]h) (?=\d)"), NO_BREAK),
)


def set_in_french(text: str) -> str:
    """The French sentence `text` with the no-break spaces that its typography asks for."""
    if not _ANY.search(text):
        return text
    parts = _KEPT.split(text)
    for place in range(0, len(parts), 2):
        for found, becomes in _CHANGES:
            parts[place] = found.sub(becomes, parts[place])
    return "".join(parts)
