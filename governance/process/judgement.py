"""What the charters and the needs of the table say of a step: judged before it is shown, and again
as it is taken. Nothing here writes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from governance.charters import (
    Charter,
    Verdict,
    blocking,
    guards_of,
    judge,
    library,
    load_charter,
    versions_in_force,
)
from governance.charters.facts import today
from governance.models.case import Case
from governance.process.needs import judge_needs, moved
from governance.process.registry import Asked, registered


@dataclass(frozen=True)
class Judgement:
    """What was judged for a step: on which facts, under which charters, with which verdicts."""

    facts: Mapping
    charters: dict[str, str]
    verdicts: list[Verdict]
    blocking: list[Verdict]


def judge_step(facts_for, statuses: dict[str, list[str]], asked: Asked, at: datetime) -> Judgement:
    """Judge the articles and needs of what is asked, and write nothing.

    `facts_for` is what the process's `facts` returned, `statuses` the case's tracks' by kind.
    """
    rule, answer, track = asked.step, asked.outcome, asked.track
    facts = facts_for(asked)
    charters = charters_of(asked.case, at)
    clauses = guards_of(rule.code, charters_named(charters), answer.code)
    site = track.key if track is not None and track.kind == "site" else None
    verdicts = judge_articles(clauses, facts, at, site)
    needs = judge_needs(rule.needs, statuses, facts["process"])
    if answer.needs:
        after = moved(statuses, track.kind, track.status, answer.track_to)
        needs += judge_needs(answer.needs, after, facts["process"])
    return Judgement(
        facts,
        charters,
        verdicts + needs,
        blocking(clauses, verdicts, rule.code) + [n for n in needs if not n.holds],
    )


def charters_of(case: Case, at: datetime) -> dict[str, str]:
    """The versions that judge `case`: those of its deposit; before it, those in force that day, at
    the establishment that will lead it where one adopted its own."""
    if case.charters:
        return case.charters
    local = any(each.establishment for each in library.adopted())
    lead = registered(case.process).led_by(case) if local else None
    return versions_in_force(today(at), lead)


def judge_articles(clauses, facts, at: datetime, site: str | None) -> list[Verdict]:
    """The verdicts of `clauses`; those about sites are of `site` alone, when its track moves."""
    of_sites = [c for c in clauses if c.subject == "site" and not c.over]
    others = [c for c in clauses if c.subject != "site" or c.over]
    return judge(others, facts, at) + judge(of_sites, facts, at, [site] if site else None)


def charters_named(charters: dict[str, str]) -> list[Charter]:
    """The charters of a judgement, from the version of each."""
    return [load_charter(code, version) for code, version in sorted(charters.items())]


def statuses_of(tracks) -> dict[str, list[str]]:
    """The statuses of tracks, by kind."""
    statuses = defaultdict(list)
    for track in tracks:
        statuses[track.kind].append(track.status)
    return statuses
