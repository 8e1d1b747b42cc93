"""Whether two requests show an article the same facts. Pure.

What counts is what the article's own checks read: each is run over facts that note what is asked of
them. Flags and codes count as they are; a number or a date counts by its being there and by what
the check concludes of it, never by itself; a list counts by what is found in it, not by how often;
names (of a site, a member, a variable, a dataset) do not count. What the decision itself says (the
answer of a site, a finding) does not either: it is what is compared. A judgement weighs the request
itself, whose nature then counts too.

Two facts are alike for an article when their digests are the same: the engine writes it with each
decision that may be a precedent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from governance.charters.clauses import Charter, Clause
from governance.charters.facts import at_path
from governance.charters.judging import judge

_ANY: Final = "*"
_GROUPS: Final = {("sites",), ("members",), ("results",), ("item", "findings")}
"""Mappings whose keys name somebody or something."""

_SAID: Final = (("sites", _ANY, "agreement"), ("item", "findings"), ("findings",))
"""What a decision itself says."""

_NAMES: Final = {
    ("request", "variables", _ANY, "code"),
    ("sites", _ANY, "records", _ANY, "dataset"),
    ("members", _ANY, "charter_signed"),
    ("members", _ANY, "charter_in_force"),
}

_NATURE: Final = (
    ("request", "purpose", "code"),
    ("request", "holder", "status"),
    ("request", "delivery", "kind"),
    ("request", "route", "set_qualification"),
    ("request", "route", "set_formality"),
)
"""What kind of request it is, for who judges it."""


@dataclass(frozen=True)
class Judged:
    """Facts, as they are judged: by which charters, when, and about which site or member when one
    is meant. ``change`` is what is asked of the facts where it is not that they be accepted: two
    changes of another nature are never alike."""

    facts: Mapping[str, Any]
    charters: Sequence[Charter]
    at: datetime
    site: str | None = None
    member: str | None = None
    change: str = ""


def alike(article: str, one: Judged, other: Judged) -> bool:
    """Whether both show `article` the same facts; an article that one of them lacks is not."""
    found = likeness(one, [article])
    return bool(found) and found == likeness(other, [article])


def likeness(judged: Judged, articles: Iterable[str] | None = None) -> list[str]:
    """``article:digest`` of what each of `articles` (all of them when None) sees of the facts."""
    wanted = None if articles is None else set(articles)
    by_article: dict[str, list[Clause]] = {}
    for charter in judged.charters:
        for clause in charter.clauses:
            if wanted is None or clause.article in wanted:
                by_article.setdefault(clause.article, []).append(clause)
    return [f"{code}:{_digest(judged, clauses)}" for code, clauses in sorted(by_article.items())]


def _digest(judged: Judged, clauses: Iterable[Clause]) -> str:
    noted = sorted(set().union(*(_evidence(judged, clause) for clause in clauses)))
    return sha256("\n".join(noted).encode()).hexdigest()[:16]


def _evidence(judged: Judged, clause: Clause) -> set[str]:
    notes = _Notes()
    about = {"site": judged.site, "member": judged.member}.get(clause.subject)
    keys = [about] if about and not clause.over else None
    verdicts = judge([clause], notes.over(judged.facts), judged.at, keys)
    found = set(notes.taken)
    if judged.change:
        found.add(f"change {judged.change}")
    if clause.kind == "judgement":
        found |= {f"nature {at_path(judged.facts, *path)!r}" for path in _NATURE}
    elif not notes.said:
        for verdict in verdicts:
            found.add(f"verdict {verdict.holds} {verdict.key} {sorted(verdict.missing)}")
    return {f"{clause.code} {note}" for note in found}


class _Notes:
    """What a check asked of the facts; `said` when it read what the decision itself says."""

    def __init__(self):
        self.taken: set[str] = set()
        self.said = False

    def over(self, facts: Mapping[str, Any]) -> "_Noted":
        return _Noted(facts, (), self)

    def take(self, path: tuple[str, ...], value: Any) -> Any:
        """Note that `value` was read at `path`; the value as the check may read on in it."""
        if any(path[: len(own)] == own for own in _SAID):
            self.said = True
            return value
        if isinstance(value, Mapping):
            return _Noted(value, path, self)
        if isinstance(value, list):
            if not value:
                self.taken.add(f"{'/'.join(path)} empty")
            return [self.take((*path, _ANY), each) for each in value]
        self.taken.add(f"{'/'.join(path)} {_told(path, value)}")
        return value


class _Noted(Mapping):
    """Facts that note what is read of them."""

    def __init__(self, facts: Mapping[str, Any], path: tuple[str, ...], notes: _Notes):
        self._facts, self._path, self._notes = facts, path, notes

    def __getitem__(self, name: str) -> Any:
        path = (*self._path, _ANY if self._path in _GROUPS else name)
        return self._notes.take(path, self._facts.get(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def _told(path: tuple[str, ...], value: Any) -> str:
    """A flag or a code as it is; of the rest, what kind of thing it is."""
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return "number"
    if path in _NAMES:
        return "named"
    return "day" if _dated(value) else f"={value}"


def _dated(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
