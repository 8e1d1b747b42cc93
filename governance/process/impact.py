"""What a version of a charter would change, judged before anybody votes on it.

Two populations, both versions side by side, the other charters apart: the requests and amendments
that are not ended, on their facts of today, at every step open from where they stand, in what must
stay true while data are in use, in the clauses that a change touches; and the decisions already
taken, on the facts then stored. Each is judged under what would bind it: where the establishment
that leads it has its own version, that one, for as long as it stays. Nothing is written here:
:class:`Impact` gathers what was found and says it as JSON values.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from governance.charters import Charter, Clause, Verdict, blocking, facts_from, guards_of, judge
from governance.models.case import Case, Track
from governance.models.decision import Decision
from governance.process.amendments import JUDGED_AT
from governance.process.compliance import IN_USE
from governance.process.judgement import judge_articles
from governance.process.registry import About, Asked, registered
from governance.process.shape import Step

MOST_ROWS = 200
"""Requests, and decisions, that are shown one by one; all are counted."""


@dataclass(frozen=True)
class Versions:
    """The version in force and the one proposed, of one charter; by establishment, those of what it
    leads where it has its own version: twice the same, where that one stays in force."""

    now: Charter
    then: Charter
    local: Mapping[str, "Versions"] = field(default_factory=dict)

    def of(self, lead: str | None) -> "Versions":
        """Those of what an establishment leads."""
        return self.local.get(lead, self)

    @property
    def same(self) -> bool:
        """Whether nothing changes: a local version stays in force."""
        return self.now is self.then

    def guards(self, step: str, outcome: str) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
        """The clauses of each that guard a step's answer."""
        return guards_of(step, (self.now,), outcome), guards_of(step, (self.then,), outcome)

    def named(self, codes: Iterable[str]) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
        """The clauses of each that have those codes."""
        return tuple(
            tuple(clause for clause in charter.clauses if clause.code in codes)
            for charter in (self.now, self.then)
        )

    @property
    def continuous(self) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
        """The clauses of each that must stay true while data are in use."""
        return tuple(
            tuple(clause for clause in charter.clauses if clause.continuous)
            for charter in (self.now, self.then)
        )


@dataclass(frozen=True)
class Found:
    """What differs for one request or decision: verdicts pair by pair, and what it comes to."""

    changes: list[dict]
    blocks: bool
    frees: bool

    def __bool__(self) -> bool:
        return bool(self.changes)


NOTHING = Found([], False, False)


@dataclass
class Impact:
    """What was found so far. ``as_data`` and ``from_data`` carry it between batches."""

    open: dict = field(default_factory=lambda: _population())
    drafts: dict = field(default_factory=lambda: _population())
    amendments: dict = field(default_factory=lambda: _population())
    decided: dict = field(default_factory=lambda: _population())
    amendments_decided: dict = field(default_factory=lambda: _population())
    articles: dict[str, dict] = field(default_factory=dict)
    establishments: dict[str, int] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict) -> "Impact":
        return cls(**data) if data else cls()

    @property
    def judged(self) -> int:
        """How many requests, amendments and decisions were judged."""
        of = (self.open, self.drafts, self.amendments, self.decided, self.amendments_decided)
        return sum(each["judged"] for each in of)

    def add_case(self, case: Case, versions: Versions, found: Found) -> None:
        """Count a request or an amendment. A draft is its holder's alone: it is counted, never
        shown."""
        request = case.parent or case
        if request.number is None:
            _count(self.drafts, versions, found, None)
            return
        row = {"number": request.number, "state": case.state, "lead": request.lead_id}
        if case.parent:
            _count(self.amendments, versions, found, row | {"amendment": str(case.pk)})
            self._by_article("amendments", found)
            return
        _count(self.open, versions, found, row)
        self._by_article("open", found)
        if found.blocks:
            lead = case.lead_id or ""
            self.establishments[lead] = self.establishments.get(lead, 0) + 1

    def add_decision(self, decision: Decision, versions: Versions, found: Found) -> None:
        """Count a decision already taken."""
        case = decision.case
        request = case.parent or case
        row = {
            "number": request.number,
            "step": decision.step,
            "outcome": decision.outcome,
            "at": decision.at.isoformat(),
            "lead": request.lead_id,
        }
        population = self.decided
        if case.parent:
            row, population = row | {"amendment": str(case.pk)}, self.amendments_decided
        _count(population, versions, found, row if request.number else None)
        self._by_article("decided", found)

    def _by_article(self, population: str, found: Found) -> None:
        seen = Counter()
        for change in found.changes:
            if change["blocks"]:
                seen[change["article"], f"{population}_blocked"] = 1
            if change["frees"]:
                seen[change["article"], f"{population}_freed"] = 1
        for article, what in seen:
            counts = self.articles.setdefault(article, {})
            counts[what] = counts.get(what, 0) + 1


def _population() -> dict:
    return {"judged": 0, "local": 0, "differ": 0, "would_block": 0, "would_free": 0, "rows": []}


def _count(population: dict, versions: Versions, found: Found, row: dict | None) -> None:
    population["judged"] += 1
    population["local"] += versions.same
    if not found:
        return
    population["differ"] += 1
    population["would_block"] += found.blocks
    population["would_free"] += found.frees
    if row is not None and len(population["rows"]) < MOST_ROWS:
        population["rows"].append(row | {"blocks": found.blocks, "changes": found.changes})


def of_case(
    case: Case, facts_for: Callable, versions: Versions, at: datetime, about: About
) -> Found:
    """What would change for a request or an amendment that is not ended, wherever it can go from
    here. `facts_for` is what its process gave of its facts."""
    if versions.same:
        return NOTHING
    owner = registered(case.process)
    tracks = list(case.tracks.all())
    parts = []
    for rule in owner.process.steps_from(case.state):
        for track in _tracks_for(rule, tracks):
            for answer in rule.outcomes_from(case.state):
                now, then = versions.guards(rule.code, answer.code)
                if now or then:
                    facts = facts_for(Asked(case, rule, answer, track))
                    parts.append(_at_step(now, then, facts, at, rule.code, _site(track)))
    if case.state in IN_USE or about.clauses:
        step = owner.process.steps_from(case.state)[0]
        facts = facts_for(Asked(case, step, step.outcomes[0]))
        if about.clauses:
            parts.append(_of_change(about, versions, facts, at))
        else:
            now, then = versions.continuous
            parts.append(_whatever_step(judge(now, facts, at), judge(then, facts, at), ""))
    return _together(parts)


def of_decision(decision: Decision, versions: Versions, about: About) -> Found:
    """What would change for a decision already taken, on the facts that were judged."""
    if versions.same:
        return NOTHING
    now, then = versions.guards(decision.step, decision.outcome)
    of_change = bool(about.clauses) and decision.step == JUDGED_AT
    if not (now or then or of_change):
        return NOTHING
    facts = facts_from(bytes(decision.facts.bytes))
    parts = [_at_step(now, then, facts, decision.at, decision.step, _site(decision.track))]
    if of_change:
        parts.append(_of_change(about, versions, facts, decision.at))
    return _together(parts)


def _of_change(about: About, versions: Versions, facts, at: datetime) -> Found:
    """The clauses that an amendment touches, of the site or the member that it names alone."""
    return _whatever_step(
        *(
            [
                verdict
                for clause in clauses
                for verdict in judge([clause], facts, at, about.keys(clause.subject))
            ]
            for clauses in versions.named(about.clauses)
        ),
        JUDGED_AT,
    )


def _whatever_step(now: list[Verdict], then: list[Verdict], step: str) -> Found:
    """What differs in clauses that bind as they are, whichever steps they guard."""
    changes = _changes(now, then, step)
    return Found(
        changes,
        any(change["blocks"] for change in changes),
        any(change["frees"] for change in changes),
    )


def _together(parts: Iterable[Found]) -> Found:
    parts = list(parts)
    return Found(
        _each_once(change for part in parts for change in part.changes),
        any(part.blocks for part in parts),
        any(part.frees for part in parts),
    )


def _at_step(now, then, facts, at: datetime, step: str, site: str | None) -> Found:
    judged_now = judge_articles(now, facts, at, site)
    judged_then = judge_articles(then, facts, at, site)
    stopped_now = blocking(now, judged_now, step)
    stopped_then = blocking(then, judged_then, step)
    return Found(
        _changes(judged_now, judged_then, step),
        blocks=bool(stopped_then) and not stopped_now,
        frees=bool(stopped_now) and not stopped_then,
    )


def _changes(now: Iterable[Verdict], then: Iterable[Verdict], step: str) -> list[dict]:
    """The verdicts that differ, versions apart: was, and would be."""
    before = {(verdict.clause, verdict.of): verdict for verdict in now}
    after = {(verdict.clause, verdict.of): verdict for verdict in then}
    found = []
    for clause, of in sorted(before.keys() | after.keys(), key=str):
        was, is_then = before.get((clause, of)), after.get((clause, of))
        if _said(was) == _said(is_then):
            continue
        known = is_then or was
        held, holds = was is None or was.holds is True, is_then is None or is_then.holds is True
        found.append(
            {
                "article": known.article,
                "clause": clause,
                "step": step,
                "of": of,
                "was": was and was.as_data(),
                "then": is_then and is_then.as_data(),
                "blocks": held and not holds,
                "frees": holds and not held,
            }
        )
    return found


def _said(verdict: Verdict | None) -> tuple | None:
    """What a verdict says but for its version: a clause that holds says nothing."""
    if verdict is None or verdict.holds is True:
        return None
    return verdict.holds, verdict.key, str(verdict.values), verdict.missing


def _each_once(changes: Iterable[dict]) -> list[dict]:
    """A clause that several answers or tracks meet is told once a step."""
    seen = {(each["step"], each["clause"], each["of"]): each for each in changes}
    return list(seen.values())


def _tracks_for(rule: Step, tracks: list[Track]) -> Iterator[Track | None]:
    if rule.track is None or not rule.track_from:
        return iter([None])
    return (t for t in tracks if t.kind == rule.track and t.status in rule.track_from)


def _site(track: Track | None) -> str | None:
    return track.key if track is not None and track.kind == "site" else None
