"""What a version of a charter would change, judged before anybody votes on it.

Two populations, both versions side by side, the other charters apart: the requests that are not
ended, on their facts of today, at every step open from where they stand and in what must stay true
while data are in use; and the decisions already taken, on the facts then stored. Nothing is written
here: :class:`Impact` gathers what was found and says it as JSON values.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from governance.charters import Charter, Clause, Verdict, blocking, facts_from, guards_of, judge
from governance.models.case import Case, Track
from governance.models.decision import Decision
from governance.process.compliance import IN_USE
from governance.process.judgement import judge_articles
from governance.process.registry import Asked, registered
from governance.process.shape import Step

MOST_ROWS = 200
"""Requests, and decisions, that are shown one by one; all are counted."""


@dataclass(frozen=True)
class Versions:
    """The version in force and the one proposed, of one charter."""

    now: Charter
    then: Charter

    def guards(self, step: str, outcome: str) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
        """The clauses of each that guard a step's answer."""
        return guards_of(step, (self.now,), outcome), guards_of(step, (self.then,), outcome)

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


@dataclass
class Impact:
    """What was found so far. ``as_data`` and ``from_data`` carry it between batches."""

    open: dict = field(default_factory=lambda: _population())
    drafts: dict = field(default_factory=lambda: _population())
    decided: dict = field(default_factory=lambda: _population())
    articles: dict[str, dict] = field(default_factory=dict)
    establishments: dict[str, int] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict) -> "Impact":
        return cls(**data) if data else cls()

    def add_request(self, case: Case, found: Found) -> None:
        """Count a request. A draft is its holder's alone: it is counted, never shown."""
        if case.number is None:
            _count(self.drafts, found, None)
            return
        row = {"number": case.number, "state": case.state, "lead": case.lead_id}
        _count(self.open, found, row)
        self._by_article("open", found)
        if found.blocks:
            lead = case.lead_id or ""
            self.establishments[lead] = self.establishments.get(lead, 0) + 1

    def add_decision(self, decision: Decision, found: Found) -> None:
        """Count a decision already taken."""
        row = {
            "number": decision.case.number,
            "step": decision.step,
            "outcome": decision.outcome,
            "at": decision.at.isoformat(),
            "lead": decision.case.lead_id,
        }
        _count(self.decided, found, row if decision.case.number else None)
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
    return {"judged": 0, "differ": 0, "would_block": 0, "would_free": 0, "rows": []}


def _count(population: dict, found: Found, row: dict | None) -> None:
    population["judged"] += 1
    if not found:
        return
    population["differ"] += 1
    population["would_block"] += found.blocks
    population["would_free"] += found.frees
    if row is not None and len(population["rows"]) < MOST_ROWS:
        population["rows"].append(row | {"blocks": found.blocks, "changes": found.changes})


def of_request(case: Case, versions: Versions, at: datetime) -> Found:
    """What would change for a request that is not ended, wherever it can go from here."""
    owner = registered(case.process)
    facts_for = owner.facts(case, at)
    tracks = list(case.tracks.all())
    changes, blocks, frees = [], False, False
    for rule in owner.process.steps_from(case.state):
        for track in _tracks_for(rule, tracks):
            for answer in rule.outcomes_from(case.state):
                now, then = versions.guards(rule.code, answer.code)
                if now or then:
                    facts = facts_for(Asked(case, rule, answer, track))
                    found = _at_step(now, then, facts, at, rule.code, _site(track))
                    changes += found.changes
                    blocks, frees = blocks or found.blocks, frees or found.frees
    if case.state in IN_USE:
        step = owner.process.steps_from(case.state)[0]
        facts = facts_for(Asked(case, step, step.outcomes[0]))
        now, then = versions.continuous
        found = _changes(judge(now, facts, at), judge(then, facts, at), "")
        changes += found
        blocks = blocks or any(change["blocks"] for change in found)
        frees = frees or any(change["frees"] for change in found)
    return Found(_each_once(changes), blocks, frees)


def of_decision(decision: Decision, versions: Versions) -> Found:
    """What would change for a decision already taken, on the facts that were judged."""
    now, then = versions.guards(decision.step, decision.outcome)
    if not now and not then:
        return Found([], False, False)
    facts = facts_from(bytes(decision.facts.bytes))
    return _at_step(now, then, facts, decision.at, decision.step, _site(decision.track))


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


def _each_once(changes: list[dict]) -> list[dict]:
    """A clause that several answers or tracks meet is told once a step."""
    seen = {(each["step"], each["clause"], each["of"]): each for each in changes}
    return list(seen.values())


def _tracks_for(rule: Step, tracks: list[Track]) -> Iterator[Track | None]:
    if rule.track is None or not rule.track_from:
        return iter([None])
    return (t for t in tracks if t.kind == rule.track and t.status in rule.track_from)


def _site(track: Track | None) -> str | None:
    return track.key if track is not None and track.kind == "site" else None
