"""Non-conformities: found, told, biting where the fault is, closed by their article satisfied.

`watch` judges every request in use, each night; `watch_case` one of them, at once when a fact
changes. Nobody opens or closes one by hand: each is what the judgement says. A request is judged
with its row locked, so that two who watch it at once find each fault once.

What a fault closes is read off the open non-conformities that bite (`closing`): a member's access,
an establishment's; the layer above brings accesses up to date (`follow`). A delegate then confirms
it or lifts it (`governance.domain.blocks`). The whole is suspended by the step `block`, which a
delegate judges by the steps of a suspension. Lifted, nothing is closed again for the same fault,
which stays open and shown until its article is satisfied.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone

from governance import outbox
from governance.charters import Verdict, canonical_bytes, digest, load_charter
from governance.charters.facts import today
from governance.dates import say_day
from governance.domain.watching import KIND, LANE, facts_changed, touched, watched
from governance.models.case import Case, Participation
from governance.models.decision import Decision, FactsBlob
from governance.models.nonconformity import NonConformity
from governance.process import clocks
from governance.process.compliance import (
    IN_USE,
    TOGETHER,
    Judged,
    bites_at,
    judged,
    judged_each,
)
from governance.process.engine import take_step
from governance.process.registry import registered
from governance.roles import STAFF_ROLES

TOLD = "nonconformity"
"""The kind of the message that tells of one; ``event``: found, passed, before, bitten, mended."""
WARNED = 1
"""Working days before it bites at which its owner is reminded."""


@dataclass
class Seen:
    """What a watch found, and what became of what was found before: the rows of each."""

    found: list[NonConformity] = field(default_factory=list)
    bitten: list[NonConformity] = field(default_factory=list)
    mended: list[NonConformity] = field(default_factory=list)
    lapsed: list[NonConformity] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in vars(self).items()}


def watch(*, at: datetime) -> dict[str, int]:
    """Judge every request in use; return how many non-conformities were found, bit, were mended,
    lapsed. Harmless twice, and after a missed night.

    All are judged many together, writing nothing and locking nothing; those of which there is
    something to write are then judged again alone, locked, in a transaction each.
    """
    total = Seen().counts()
    for case in to_watch(at):
        for name, number in watch_case(case, at=at).counts().items():
            total[name] += number
    return total


def to_watch(at: datetime) -> Iterator[Case]:
    """Of the requests that are watched, those of which there is something to write."""
    yield from watched().exclude(state__in=IN_USE)
    cases = watched().filter(state__in=IN_USE).iterator(chunk_size=TOGETHER)
    while some := list(islice(cases, TOGETHER)):
        left_open = defaultdict(list)
        for each in NonConformity.objects.open().filter(case__in=some).select_related("member"):
            left_open[each.case_id].append(each)
        for case, now in judged_each(some, at):
            if _changes(case, now, left_open[case.pk], at):
                yield case


def _changes(case: Case, now: Judged, left_open: list[NonConformity], at: datetime) -> bool:
    """Whether this judgement changes anything of what was found before, or finds more."""
    verdicts = {(v.clause, v.of): v for v in now.verdicts}
    for each in left_open:
        verdict = verdicts.get((each.clause, each.of))
        same = verdict is not None and verdict.as_data() == each.verdict
        if not same or _due(each, at) or _to_be_warned(each, at):
            return True
    known = {(each.clause, each.of) for each in left_open}
    more = [v for v in _failing(now) if (v.clause, v.of) not in known]
    return bool(registered(case.process).at_fault(case, more, at))


@transaction.atomic
def watch_case(case: Case, *, at: datetime) -> Seen:
    """Judge one request: open what fails, close what is satisfied, bite what had its time. Accesses
    follow in the same transaction."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    left_open = list(case.nonconformities.open().select_related("member", "bitten_by"))
    seen, owner = Seen(), registered(case.process)
    if case.state not in IN_USE:
        seen.lapsed = [_lapse(each, NonConformity.Lapsed.ENDED, at) for each in left_open]
        return seen
    now = judged(case, at)
    still = _follow_up(now, left_open, seen, case, at)
    known = {(each.clause, each.of) for each in still}
    for verdict in owner.at_fault(case, _failing(now), at):
        if (verdict.clause, verdict.of) not in known:
            seen.found.append(_find(now, verdict, case, at))
    due = [each for each in [*still, *seen.found] if _due(each, at)]
    whole = [each for each in due if each.subject == NonConformity.Subject.REQUEST]
    seen.bitten += [_bite(each, at) for each in due if each not in whole]
    owner.follow(case, at=at)
    # The register is locked last.
    seen.bitten += _block(case, whole, at)
    return seen


@outbox.handler(KIND, lane=LANE)
def watch_touched(payload: dict) -> None:
    """Judge again what a fact touched; many requests, each in a transaction of its own."""
    cases = list(touched(payload))
    if len(cases) == 1:
        watch_case(cases[0], at=timezone.now())
        return
    for case in cases:
        facts_changed(case=case)


# --- found, followed, closed ----------------------------------------------------------------------


def _failing(now: Judged) -> list[Verdict]:
    return [v for v in now.verdicts if v.holds is not True and (v.subject == "request" or v.of)]


def _find(now: Judged, verdict: Verdict, case: Case, at: datetime) -> NonConformity:
    role, place = _owner(verdict, case)
    site, member = None, None
    if verdict.subject == "site":
        site = verdict.of
    elif verdict.subject == "member":
        member = _person(case, verdict.of)
    made = NonConformity.objects.create(
        case=case,
        clause=verdict.clause,
        article=verdict.article,
        subject=verdict.subject,
        establishment_id=site,
        member=member,
        owner_role=role,
        owner_at_id=place,
        found_at=at,
        found=verdict.as_data(),
        found_facts=_kept(now),
        verdict=verdict.as_data(),
        bites_at=bites_at(now.clauses[verdict.clause], at),
    )
    _tell(made, "found")
    return made


def _person(case: Case, ref: str):
    rows = Participation.objects.filter(case=case, person__ref=ref).select_related("person")
    return rows.latest("since").person


def _owner(verdict: Verdict, case: Case) -> tuple[str, str | None]:
    """Who mends it: a role, and where it is held when it is an establishment's."""
    role = verdict.mender
    if role not in STAFF_ROLES or role == "network_coordinator":
        return role, None
    return role, verdict.of if verdict.subject == "site" else case.lead_id


def _follow_up(
    now: Judged, left_open: Iterable[NonConformity], seen: Seen, case: Case, at: datetime
) -> list[NonConformity]:
    """Bring each open non-conformity up to date with its verdict; those that stay open."""
    verdicts, still = {(v.clause, v.of): v for v in now.verdicts}, []
    for each in left_open:
        verdict = verdicts.get((each.clause, each.of))
        if verdict is None:
            seen.lapsed.append(_lapse(each, NonConformity.Lapsed.LEFT, at))
        elif verdict.holds is True:
            seen.mended.append(_mend(each, verdict, now, at))
        else:
            _say_again(each, verdict, case)
            _warn(each, at)
            still.append(each)
    return still


def _mend(each: NonConformity, verdict: Verdict, now: Judged, at: datetime) -> NonConformity:
    # A clock that jumped back mends nothing before it was found.
    each.mended_at = max(at, each.found_at)
    each.mended, each.mended_facts = verdict.as_data(), _kept(now)
    each.save(update_fields=["mended_at", "mended", "mended_facts"])
    clocks.stop_block(each, at)
    _tell(each, "mended")
    return each


def _lapse(each: NonConformity, because: str, at: datetime) -> NonConformity:
    each.lapsed_at, each.lapsed_because = max(at, each.found_at), because
    each.save(update_fields=["lapsed_at", "lapsed_because"])
    clocks.stop_block(each, at)
    return each


def _say_again(each: NonConformity, verdict: Verdict, case: Case) -> None:
    """What lacks may have changed, and who mends it with it."""
    said, (role, place) = verdict.as_data(), _owner(verdict, case)
    if said == each.verdict:
        return
    passed = (role, place) != (each.owner_role, each.owner_at_id)
    each.verdict, each.owner_role, each.owner_at_id = said, role, place
    each.save(update_fields=["verdict", "owner_role", "owner_at"])
    if passed:
        _tell(each, "passed")


def _kept(now: Judged) -> FactsBlob:
    facts = canonical_bytes(now.facts)
    return FactsBlob.objects.get_or_create(sha256=digest(facts), defaults={"bytes": facts})[0]


# --- warning, biting ------------------------------------------------------------------------------


def _due(each: NonConformity, at: datetime) -> bool:
    return each.bitten_at is None and each.bites_at <= at


def _to_be_warned(each: NonConformity, at: datetime) -> bool:
    """Whether its owner is reminded now, once, that it bites soon; not the day it was found."""
    eve = clocks.add_working_days(today(each.bites_at), -WARNED)
    waits = each.bitten_at is None and each.warned_at is None and at < each.bites_at
    return waits and eve <= today(at) and today(each.found_at) < today(at)


def _warn(each: NonConformity, at: datetime) -> None:
    if _to_be_warned(each, at):
        each.warned_at = at
        each.save(update_fields=["warned_at"])
        _tell(each, "before")


def _bite(each: NonConformity, at: datetime, by: Decision | None = None) -> NonConformity:
    each.bitten_at, each.bitten_by = at, by
    each.save(update_fields=["bitten_at", "bitten_by"])
    if by is None:
        clocks.start_block(each, registered(each.case.process), at)
    _tell(each, "bitten")
    return each


def _block(case: Case, due: list[NonConformity], at: datetime) -> list[NonConformity]:
    """Suspend the whole for what had its time. Suspended already, on another ground, it will be
    blocked again on this one if it is resumed with the fault unmended."""
    if case.state == "suspended":
        block = case.decisions.filter(step="block").latest("index")
        return [_bite(each, at, block) for each in due if each.article in block.articles]
    if not due:
        return []
    articles = tuple(sorted({each.article for each in due}))
    block = take_step(case, "block", by=None, at=at, articles=articles, reason=_reason(case, due))
    return [_bite(each, at, block) for each in due]


def _reason(case: Case, due: list[NonConformity]) -> str:
    """What the portal writes under its block, in the language of decisions."""
    titles = {
        article.code: article.title["fr"]
        for code, version in case.charters.items()
        for article in load_charter(code, version).articles
    }
    lines = [
        f"L'article {each.article}, « {titles[each.article]} », n'est plus satisfait depuis le "
        f"{say_day(each.found_at)}. Le temps laissé pour y remédier est passé."
        for each in due
    ]
    return "\n".join([*lines, "L'accès est suspendu par le portail en attendant un délégataire."])


def _tell(each: NonConformity, event: str) -> None:
    outbox.enqueue(TOLD, {"nonconformity": each.pk, "event": event})
