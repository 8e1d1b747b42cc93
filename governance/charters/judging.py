"""Judging facts: pure, total, deterministic; the only door from clauses to verdicts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from governance.charters.checks import run
from governance.charters.clauses import Charter, Clause
from governance.charters.facts import at_path, group
from governance.charters.verdict import Outcome, Verdict

_GROUPS: Final = {"site": "sites", "member": "members", "result": "results"}
#: What is said when a clause has nobody to speak of. A result that is not there is U-11's matter.
_NOBODY: Final = {"site": ("no_site", "sites"), "member": ("no_member", "members")}


def guards_of(
    step: str, charters: Iterable[Charter], outcome: str | None = None
) -> tuple[Clause, ...]:
    """The clauses that guard ``step``, in the order of the charters.

    With the ``outcome`` chosen, without those that do not guard that answer.
    """
    return tuple(
        clause
        for charter in charters
        for clause in charter.clauses
        if clause.kind in ("guard", "judgement")
        and step in clause.steps
        and outcome not in clause.unless
    )


def clauses_of(kind: str, charters: Iterable[Charter]) -> tuple[Clause, ...]:
    """The clauses of a kind (``deadline``, ``invariant``…), in the order of the charters."""
    return tuple(
        clause for charter in charters for clause in charter.clauses if clause.kind == kind
    )


def find_clause(code: str, charters: Iterable[Charter]) -> Clause:
    """The clause of that code. Raises KeyError when there is none."""
    for charter in charters:
        for clause in charter.clauses:
            if clause.code == code:
                return clause
    raise KeyError(code)


def judge(
    clauses: Iterable[Clause],
    facts: Mapping[str, Any],
    at: datetime,
    keys: Sequence[str] | None = None,
) -> list[Verdict]:
    """One verdict a clause, or one a site, member or result for the clauses about those.

    ``at`` is aware. ``keys`` limits the clauses about sites, members or results to those keys
    (the site whose track moves, the member who enters); None takes the perimeter, all members,
    all results. Deadlines are judged like the rest: that they never block is :func:`blocking`'s.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    verdicts: list[Verdict] = []
    for clause in clauses:
        if clause.over:
            verdicts.append(_sign(clause, _over_sites(clause, facts, at), None))
        elif clause.subject in _GROUPS:
            verdicts.extend(_each(clause, facts, at, keys))
        else:
            outcome = run(clause.check, facts, at, clause.values, None)
            verdicts.append(_sign(clause, outcome, None))
    return verdicts


def blocking(clauses: Iterable[Clause], verdicts: Iterable[Verdict], step: str) -> list[Verdict]:
    """The verdicts that stop ``step``.

    A verdict under reserve stops it except where its clause may be passed under reserve.
    Deadlines and invariants stop nothing. A clause about members bites on the member: it stops
    the step only when no member satisfies every such clause.
    """
    guarding = {
        clause.code: clause
        for clause in clauses
        if clause.kind in ("guard", "judgement") and step in clause.steps
    }
    unsatisfied = [
        verdict
        for verdict in verdicts
        if verdict.clause in guarding and not passes(verdict, guarding[verdict.clause], step)
    ]
    members = {v.of for v in verdicts if v.clause in guarding and v.subject == "member"}
    outside = {v.of for v in unsatisfied if v.subject == "member"}
    if members - outside:
        return [verdict for verdict in unsatisfied if verdict.subject != "member"]
    return unsatisfied


def passes(verdict: Verdict, clause: Clause, step: str) -> bool:
    """Whether the verdict lets ``step`` be taken: satisfied, or under a reserve allowed there."""
    if verdict.holds is None:
        return step in clause.reserve_at
    return verdict.holds


def perimeter(facts: Mapping[str, Any]) -> list[str]:
    """Slugs of the sites asked and not left aside, sorted. A site of which nothing is said is in:
    it must agree."""
    return sorted(
        slug
        for slug in group(facts, "sites")
        if at_path(facts, "sites", slug, "in_perimeter") is not False
    )


def _sites(clause: Clause, facts: Mapping[str, Any]) -> list[str]:
    if clause.among == "delivered":
        return sorted(
            slug
            for slug in group(facts, "sites")
            if at_path(facts, "sites", slug, "delivered") is True
        )
    return perimeter(facts)


def _each(
    clause: Clause, facts: Mapping[str, Any], at: datetime, keys: Sequence[str] | None
) -> list[Verdict]:
    if keys is None:
        keys = (
            _sites(clause, facts)
            if clause.subject == "site"
            else sorted(group(facts, _GROUPS[clause.subject]))
        )
    if not keys and clause.subject in _NOBODY and clause.among == "perimeter":
        key, missing = _NOBODY[clause.subject]
        return [_sign(clause, Outcome(False, key, missing=(missing,)), None)]
    return [_sign(clause, run(clause.check, facts, at, clause.values, key), key) for key in keys]


def _over_sites(clause: Clause, facts: Mapping[str, Any], at: datetime) -> Outcome:
    slugs = _sites(clause, facts)
    if not slugs and clause.among == "perimeter":
        return Outcome(False, "no_site", missing=("sites",))
    outcomes = {slug: run(clause.check, facts, at, clause.values, slug) for slug in slugs}
    lacking = {slug: each for slug, each in outcomes.items() if each.holds is not True}
    satisfied = len(lacking) < len(slugs) if clause.over == "some" else not lacking
    if satisfied or not slugs:
        first = next((each for each in outcomes.values() if each.holds), None)
        return Outcome(True, first.key if first else "nothing_delivered", {"sites": slugs})
    worst = next((each for each in lacking.values() if each.holds is False), None)
    first = worst or next(iter(lacking.values()))
    return Outcome(
        False if worst else None,
        first.key,
        dict(first.values) | {"sites": list(lacking)},
        tuple(dict.fromkeys(path for each in lacking.values() for path in each.missing)),
        first.mender,
    )


def _sign(clause: Clause, outcome: Outcome, of: str | None) -> Verdict:
    return Verdict(
        clause=clause.code,
        article=clause.article,
        version=clause.version,
        holds=outcome.holds,
        key=outcome.key,
        values=dict(outcome.values),
        missing=outcome.missing,
        mender=outcome.mender,
        subject=clause.subject,
        of=of,
    )
