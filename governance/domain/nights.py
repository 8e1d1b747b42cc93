"""What the portal judges of itself each night: the clauses about the whole, and the deadlines.

Nobody asks for it and nobody answers for it: what is found is written as it is, and shown on the
article's page. An article about the whole that ceases to hold is told to the network's
coordinators, once while it lasts.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from governance import outbox
from governance.charters import (
    Clause,
    Verdict,
    canonical_bytes,
    clauses_of,
    digest,
    find_clause,
    judge,
    load_charters,
    versions_in_force,
)
from governance.charters.facts import SCHEMA, today
from governance.models.case import Case
from governance.models.decision import FactsBlob
from governance.models.judged import Lateness, NightJudged
from governance.process.compliance import TOGETHER
from governance.process.lateness import OF_A_PLACE, due_by_a_day, is_late, judged_each
from governance.process.table import REQUEST
from governance.queries.whole import about_the_whole

TOLD = "invariant_failed"
"""The kind of the message that tells of a clause about the whole that does not hold."""
NOT_ASKED = ("draft", "withdrawn", "refused", "dropped")
"""The states in which nothing is due of anybody."""


def judge_night(*, at: datetime) -> dict[str, int]:
    """Judge all of it; return how many clauses about the whole do not hold, and how many deadlines
    are late. Harmless twice."""
    return {"failing": judge_whole(at=at), "late": judge_deadlines(at=at)}


# --- the whole ------------------------------------------------------------------------------------


@transaction.atomic
def judge_whole(*, at: datetime) -> int:
    """Judge the clauses about the whole under the charters in force; return how many do not
    hold."""
    clauses = [c for kind in ("invariant", "deadline") for c in _in_force(kind, at)]
    clauses = [c for c in clauses if c.subject == "whole"]
    facts = about_the_whole(at, clauses)
    kept = canonical_bytes(facts)
    blob, _new = FactsBlob.objects.get_or_create(sha256=digest(kept), defaults={"bytes": kept})
    failing = 0
    for clause, verdict in zip(clauses, judge(clauses, facts, at), strict=True):
        # A register that was never signed is not judged yet: the signer is watched by its leaves.
        if verdict.missing:
            continue
        row, new = _write(
            clause, verdict.holds, at, verdict=verdict.as_data(), facts=blob, judged=1, late=0
        )
        if verdict.holds is not True:
            failing += 1
            if new and clause.kind == "invariant":
                outbox.enqueue(TOLD, {"judged": row.pk})
    return failing


def _in_force(kind: str, at: datetime) -> tuple[Clause, ...]:
    return clauses_of(kind, load_charters(versions_in_force(today(at))))


def _write(clause: Clause, holds, at: datetime, **said) -> tuple[NightJudged, bool]:
    """The row of these nights, begun when the answer or the version is another one."""
    last = NightJudged.objects.filter(clause=clause.code).order_by("-since").first()
    said |= {"article": clause.article, "charter": clause.charter}
    said |= {"version": clause.version, "holds": holds}
    if last is not None and (last.holds, last.version) == (holds, clause.version):
        for name, value in said.items():
            setattr(last, name, value)
        # A clock that jumped back judges nothing before it began.
        last.judged_at = max(at, last.judged_at)
        last.save()
        return last, False
    since = at if last is None else max(at, last.judged_at)
    return NightJudged.objects.update_or_create(
        clause=clause.code, since=since, defaults=said | {"judged_at": since}
    )


# --- the deadlines --------------------------------------------------------------------------------


def judge_deadlines(*, at: datetime) -> int:
    """Judge the deadlines of every request that is asked; return how many are late.

    Requests are judged `TOGETHER`, writing only where something became late or ceased to be.
    """
    judged, late, places = Counter(), Counter(), {}
    cases = Case.objects.filter(process=REQUEST.code).exclude(state__in=NOT_ASKED).order_by("pk")
    left = cases.iterator(chunk_size=TOGETHER)
    while some := list(islice(left, TOGETHER)):
        for verdict in _follow(some, at):
            if verdict.clause in OF_A_PLACE and verdict.of:
                places.setdefault((verdict.clause, verdict.of), verdict)
            elif verdict.clause not in OF_A_PLACE:
                judged[verdict.clause] += 1
                late[verdict.clause] += is_late(verdict, at)
    _end_of_the_others(cases, at)
    for verdict in places.values():
        judged[verdict.clause] += 1
        late[verdict.clause] += is_late(verdict, at)
    _follow_places(places.values(), at)
    with transaction.atomic():
        for clause in due_by_a_day(load_charters(versions_in_force(today(at)))):
            number, behind = judged[clause.code], late[clause.code]
            _write(clause, not behind, at, judged=number, late=behind)
    return sum(late.values())


@transaction.atomic
def _follow(cases: list[Case], at: datetime) -> list[Verdict]:
    """Open what became late in these requests, end what is no longer; every verdict."""
    late, verdicts = {}, []
    for case, judged in judged_each(cases, at):
        verdicts += judged
        late |= {
            (case.pk, v.clause, v.of or ""): v
            for v in judged
            if is_late(v, at) and v.clause not in OF_A_PLACE
        }
    _bring_up_to_date(Lateness.objects.open().filter(case__in=cases), late, at)
    return verdicts


@transaction.atomic
def _follow_places(verdicts: Iterable[Verdict], at: datetime) -> None:
    """The same of the establishments that are late whatever the request."""
    late = {(None, v.clause, v.of): v for v in verdicts if is_late(v, at)}
    _bring_up_to_date(Lateness.objects.open().filter(case=None), late, at)


@transaction.atomic
def late_at_once(code: str, places: dict[str, dict], *, at: datetime) -> int:
    """Open the lateness of establishments for which a deadline in hours ran out, without waiting
    for the night: it may end before. The night ends it. ``places`` are the facts of each (by
    slug) that the clause ``code`` reads. Returns how many were opened."""
    known = Lateness.objects.open().filter(case=None, clause=code, of__in=places)
    opened = set(known.values_list("of", flat=True))
    new = {slug: said for slug, said in places.items() if slug not in opened}
    if not new:
        return 0
    clause = find_clause(code, load_charters(versions_in_force(today(at))))
    verdicts = judge([clause], {"schema": SCHEMA, "sites": new}, at, list(new))
    found = [_found(None, verdict, at) for verdict in verdicts if is_late(verdict, at)]
    Lateness.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def _bring_up_to_date(left_open: QuerySet[Lateness], late: dict, at: datetime) -> None:
    known = {(each.case_id, each.clause, each.of): each for each in left_open}
    found = [_found(key[0], v, at) for key, v in late.items() if key not in known]
    said = []
    for key, each in known.items():
        if key not in late:
            each.ended_at = max(at, each.found_at)
        elif each.verdict != late[key].as_data():
            each.verdict = late[key].as_data()
        else:
            continue
        said.append(each)
    Lateness.objects.bulk_create(found, ignore_conflicts=True)
    Lateness.objects.bulk_update(said, ["verdict", "ended_at"], batch_size=TOGETHER)


def _found(case: UUID | None, verdict: Verdict, at: datetime) -> Lateness:
    return Lateness(
        case_id=case,
        clause=verdict.clause,
        article=verdict.article,
        of=verdict.of or "",
        found_at=at,
        verdict=verdict.as_data(),
    )


def _end_of_the_others(cases: QuerySet[Case], at: datetime) -> None:
    """What was late in a request that is asked no more is no longer."""
    ours = Lateness.objects.open().filter(case__isnull=False, found_at__lte=at)
    ours.exclude(case__in=cases).update(ended_at=at)
