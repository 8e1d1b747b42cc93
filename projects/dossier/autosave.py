"""What a page saved as one types says to the server: what is typed, and what it replaces.

A page carries, in one hidden field, the values it was shown (`was`) and the fields about which it
asks the person to choose (`asked`), because somebody else changed them meanwhile. Each save sends
the fields that differ from what was shown, with the values they replace, and gets back the next
`was`. A field that is asked about is not saved until the person chose: nobody's words are replaced
without their having been read. Pure: no database, no clock.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

MINE, THEIRS = "mine", "theirs"
LONGEST = 400_000
"""Characters of the hidden field that are read."""


@dataclass(frozen=True)
class Was:
    """What a page shows: the values it was given, and the fields it asks about."""

    values: dict = field(default_factory=dict)
    asked: frozenset = frozenset()

    def as_text(self) -> str:
        """As the hidden field holds it."""
        return json.dumps({"values": self.values, "asked": sorted(self.asked)}, ensure_ascii=False)

    @classmethod
    def read(cls, text: str, names) -> "Was":
        """What the hidden field says of the fields in `names`; nothing of what does not read."""
        try:
            said = json.loads(text) if len(text) <= LONGEST else {}
        except (ValueError, RecursionError):
            said = {}
        said = said if isinstance(said, dict) else {}
        values, asked = said.get("values"), said.get("asked")
        values = values if isinstance(values, dict) else {}
        values = {name: value for name, value in values.items() if name in names}
        asked = asked if isinstance(asked, list) else []
        return cls(values, frozenset(n for n in asked if isinstance(n, str) and n in values))


@dataclass(frozen=True)
class Outcome:
    """What a save came to. `was` is what the page shows next; `overlaps` maps the fields to choose
    about to what somebody else wrote; `taken` maps the fields given up to theirs."""

    was: Was
    overlaps: dict
    taken: dict
    saved: bool


def save(
    typed: dict,
    was: Was,
    choices: dict[str, str],
    write: Callable[[dict, dict], dict],
) -> Outcome:
    """Save what differs from what was shown.

    `typed` are the well-formed values of the page, `choices` maps fields asked about to MINE or
    THEIRS. `write(changed, replaces)` stores what it can and returns its overlaps: field → what is
    there instead.
    """
    taken = {
        name: was.values[name]
        for name in was.asked
        if choices.get(name) == THEIRS and name in was.values
    }
    waiting = {
        name
        for name in was.asked
        if choices.get(name) not in (MINE, THEIRS)
        and (name not in typed or typed[name] != was.values[name])
    }
    changed = {
        name: value
        for name, value in typed.items()
        if name in was.values
        and value != was.values[name]
        and name not in taken
        and name not in waiting
    }
    overlaps = write(changed, {name: was.values[name] for name in changed}) if changed else {}
    written = {name: value for name, value in changed.items() if name not in overlaps}
    asked = {name: was.values[name] for name in waiting} | overlaps
    return Outcome(
        Was(was.values | written | overlaps, frozenset(asked)), asked, taken, bool(written)
    )
