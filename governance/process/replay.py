"""Past decisions judged again, from the very bytes that were judged then.

A decision keeps the hash of its facts, its instant, the versions of the charters and the verdicts.
Checks named by an adopted version never change: under its own version a decision gives the same
verdicts, and its bytes still have their hash. Under another version it may not: that is how one
sees what a new charter would have changed.

Needs of procedure that read a fact are judged again too; those that read the tracks are told by
history itself, which the database guards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from governance.charters import (
    CHARTERS,
    blocking,
    digest,
    facts_from,
    guards_of,
    load_charter,
    versions,
)
from governance.models.decision import Decision
from governance.process.engine import judge_articles
from governance.process.needs import judge_needs
from governance.process.registry import registered
from governance.process.shape import Fact

CHUNK = 2000


class UnknownVersion(ValueError):
    """No charter has that version."""


@dataclass(frozen=True)
class Difference:
    """What a decision would say otherwise: `clause` is `facts` when its bytes were changed, and
    `step` when it would not have been taken."""

    number: str | None
    case: str
    index: int
    step: str
    clause: str
    of: str | None
    was: Any
    now: Any

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def replay(under: str = "") -> Iterator[tuple[dict, list[Difference]]]:
    """Each decision, oldest request first, with what differs when it is judged again.

    `under` is a version to judge them by (`2`, or `utilisateur/2`); their own when empty. Raises
    UnknownVersion. Rows are read by chunks, and nothing is queried for each.
    """
    other = _versions_named(under) if under else {}
    rows = Decision.objects.order_by("case__opened_at", "case", "index").values(
        "case",
        "case__number",
        "case__process",
        "index",
        "step",
        "outcome",
        "from_state",
        "track__kind",
        "track__key",
        "at",
        "charters",
        "verdicts",
        "facts__sha256",
        "facts__bytes",
    )
    for row in rows.iterator(chunk_size=CHUNK):
        yield row, list(_differences(row, row["charters"] | other))


def _versions_named(under: str) -> dict[str, str]:
    charter, _, version = under.rpartition("/")
    found = {c: version for c in CHARTERS if charter in ("", c) and version in versions(c)}
    if not found:
        raise UnknownVersion(under)
    return found


@cache
def _clauses(step: str, outcome: str, charters: tuple[tuple[str, str], ...]):
    return guards_of(step, [load_charter(*each) for each in charters], outcome)


def _differences(row: Mapping[str, Any], charters: dict[str, str]) -> Iterator[Difference]:
    def differs(clause: str, of: str | None, was: Any, now: Any) -> Difference:
        return Difference(
            row["case__number"],
            str(row["case"]),
            row["index"],
            row["step"],
            clause,
            of,
            was,
            now,
        )

    stored = bytes(row["facts__bytes"])
    if digest(stored) != bytes(row["facts__sha256"]):
        yield differs("facts", None, bytes(row["facts__sha256"]).hex(), digest(stored).hex())
        return
    facts = facts_from(stored)
    now, stopped = _judge(row, facts, charters, row["at"])
    before = {(v["clause"], v["of"]): v for v in row["verdicts"]}
    for name in sorted(before.keys() | now.keys(), key=str):
        was, is_now = before.get(name), now.get(name)
        by_the_tracks = is_now is None and was["subject"] == "process"
        if was != is_now and not by_the_tracks:
            yield differs(*name, _short(was), _short(is_now))
    if stopped:
        yield differs("step", None, True, [verdict.clause for verdict in stopped])


def _judge(row, facts: dict, charters: dict[str, str], at: datetime):
    clauses = _clauses(row["step"], row["outcome"], tuple(sorted(charters.items())))
    site = row["track__key"] if row["track__kind"] == "site" else None
    verdicts = judge_articles(clauses, facts, at, site)
    rule = registered(row["case__process"]).process.step(row["step"])
    needs = [need for need in rule.needs if isinstance(need.guard, Fact)] if rule else []
    judged = judge_needs(needs, {}, facts["process"])
    stopped = blocking(clauses, verdicts, row["step"]) + [n for n in judged if not n.holds]
    return {(v.clause, v.of): v.as_data() for v in verdicts + judged}, stopped


def _short(verdict: dict | None) -> dict | None:
    """What a difference shows of a verdict."""
    if verdict is None:
        return None
    return {name: verdict[name] for name in ("version", "holds", "key", "missing")}
