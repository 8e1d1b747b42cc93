"""Past decisions judged again, from the very bytes that were judged then.

A decision keeps the hash of its facts, its instant, the versions of the charters and the verdicts.
Checks named by an adopted version never change: under its own version a decision gives the same
verdicts, and its bytes still have their hash. Under another version it may not: that is how one
sees what a new charter would have changed, and what those of today would say of what was decided
before them.

Needs of procedure that read a fact are judged again too; those that read the tracks are told by
history itself, which the database guards.
"""

import multiprocessing
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connections
from django.db.models import Q

from governance.charters import (
    CHARTERS,
    blocking,
    digest,
    facts_from,
    guards_of,
    load_charter,
    versions,
    versions_in_force,
)
from governance.models.decision import Decision
from governance.process.judgement import judge_articles
from governance.process.needs import judge_needs
from governance.process.registry import registered
from governance.process.shape import Fact

CHUNK = 2000
MOST_SHOWN = 1000
"""Differences under today's versions that a report shows; it counts them all."""
COLUMNS = (
    "case",
    "case__number",
    "case__process",
    "case__opened_at",
    "case__lead",
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


@dataclass
class Report:
    """What was found in the past: `differences` from what was decided, under their own version or
    the one named; and under the versions in force today, for how many decisions, by which article.
    """

    decisions: int = 0
    differences: list[dict] = field(default_factory=list)
    judged_today: int = 0
    differ_today: int = 0
    not_taken_today: int = 0
    articles_today: Counter = field(default_factory=Counter)
    shown_today: list[dict] = field(default_factory=list)

    def add(self, other: "Report") -> None:
        """Take in what another process found."""
        self.decisions += other.decisions
        self.differences += other.differences
        self.judged_today += other.judged_today
        self.differ_today += other.differ_today
        self.not_taken_today += other.not_taken_today
        self.articles_today += other.articles_today
        self.shown_today = (self.shown_today + other.shown_today)[:MOST_SHOWN]


def replay(under: str = "", share: tuple[int, int] = (0, 1)) -> Iterator[tuple[dict, list]]:
    """Each decision, case by case, with what differs when it is judged again.

    `under` is a version to judge them by (`2`, or `utilisateur/2`); their own when empty. `share`
    is which part of the cases, and of how many. Raises UnknownVersion. Rows are read by chunks, and
    nothing is queried for each.
    """
    other = _versions_named(under) if under else {}
    for row in _rows(share):
        yield row, list(_differences(row, row["charters"] | other))


def report(under: str = "", *, on: date, processes: int = 1) -> Report:
    """All of the past judged again by so many processes; with no `under`, under the versions in
    force `on` that day too."""
    if under:
        _versions_named(under)
    if processes == 1:
        return _part(under, on, (0, 1))
    # A connection is not shared with a process that is forked.
    connections.close_all()
    whole = Report()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        shares = [(under, on, (n, processes)) for n in range(processes)]
        for part in pool.starmap(_part, shares, chunksize=1):
            whole.add(part)
    return whole


def _part(under: str, on: date, share: tuple[int, int]) -> Report:
    found = Report()
    in_force = cache(lambda lead: versions_in_force(on, lead))
    for row, differences in replay(under, share):
        found.decisions += 1
        found.differences += [each.as_data() for each in differences]
        if not under:
            _under_today(found, row, in_force(row["case__lead"]))
    return found


def _under_today(found: Report, row: Mapping[str, Any], in_force: dict[str, str]) -> None:
    found.judged_today += 1
    today = row["charters"] | in_force
    if today == row["charters"]:
        return
    differences = list(_differences(row, today))
    found.differ_today += bool(differences)
    found.not_taken_today += any(each.clause == "step" for each in differences)
    found.articles_today.update({each.clause for each in differences} - {"step"})
    left = MOST_SHOWN - len(found.shown_today)
    found.shown_today += [each.as_data() for each in differences[:left]]


def _rows(share: tuple[int, int]) -> Iterator[dict]:
    """The decisions of a share of the cases, in the order of the index that the database keeps."""
    part, of = share
    found = Decision.objects.order_by("case", "index")
    if part:
        found = found.filter(case__gte=uuid.UUID(int=2**128 * part // of))
    if part + 1 < of:
        found = found.filter(case__lt=uuid.UUID(int=2**128 * (part + 1) // of))
    rows = list(found.values(*COLUMNS)[:CHUNK])
    while rows:
        yield from rows
        if len(rows) < CHUNK:
            return
        case, index = rows[-1]["case"], rows[-1]["index"]
        after = found.filter(Q(case__gte=case), Q(case__gt=case) | Q(index__gt=index))
        rows = list(after.values(*COLUMNS)[:CHUNK])


def _versions_named(under: str) -> dict[str, str]:
    charter, _, version = under.rpartition("/")
    found = {c: version for c in CHARTERS if charter in ("", c) and version in versions(c)}
    if not found:
        raise UnknownVersion(under)
    return found


@cache
def clauses_of_step(step: str, outcome: str, charters: tuple[tuple[str, str], ...]):
    """The clauses of those versions that guard a step's answer: adopted, they never change."""
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
    if before != now:
        own = charters == row["charters"]
        for name in sorted(before.keys() | now.keys(), key=str):
            was, is_now = before.get(name), now.get(name)
            by_the_tracks = is_now is None and was["subject"] == "process"
            if not by_the_tracks and not _same(was, is_now, own):
                yield differs(*name, _short(was), _short(is_now))
    if stopped:
        yield differs("step", None, True, [verdict.clause for verdict in stopped])


def _judge(row, facts: dict, charters: dict[str, str], at: datetime):
    clauses = clauses_of_step(row["step"], row["outcome"], tuple(sorted(charters.items())))
    site = row["track__key"] if row["track__kind"] == "site" else None
    verdicts = judge_articles(clauses, facts, at, site)
    rule = registered(row["case__process"]).process.step(row["step"])
    needs = [need for need in rule.needs if isinstance(need.guard, Fact)] if rule else []
    judged = judge_needs(needs, {}, facts["process"])
    stopped = blocking(clauses, verdicts, row["step"]) + [n for n in judged if not n.holds]
    return {(v.clause, v.of): v.as_data() for v in verdicts + judged}, stopped


def _same(was: dict | None, now: dict | None, own: bool) -> bool:
    """Whether two verdicts say the same; under another version, whatever its number."""
    if own or was is None or now is None:
        return was == now
    return was | {"version": ""} == now | {"version": ""}


def _short(verdict: dict | None) -> dict | None:
    """What a difference shows of a verdict."""
    if verdict is None:
        return None
    return {name: verdict[name] for name in ("version", "holds", "key", "missing")}
