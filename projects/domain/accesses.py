"""Members' accesses: opened site by site for those who are in order, cut at once.

Who is in order is judged member by member (the clauses that guard `open_access` and bite on a
member). The fault of one closes their own access, never the others'; that of an establishment, all
accesses to its data and no others. An article that leaves a grace closes once it is over, when its
non-conformity bites. What a delegate lifted closes nothing, and gives back to a member what was
open to them: a first opening is still for those in order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from governance import outbox
from governance.charters import Clause, Verdict, guards_of, judge, load_charter, versions_in_force
from governance.charters.facts import today
from governance.models import BlockJudgement, Case, Decision, NonConformity, Participation
from governance.models.case import Track
from governance.process.compliance import facts_each, grace
from projects.models import MemberAccess
from projects.process.facts import member_facts

FOLLOW = "spaces"
"""The message that has the working spaces of a request brought up to date."""

AWAITED = ("notice_too_recent", "objection_list_not_compared")
"""What a verdict says of what is only awaited before an opening."""


def follow(case: Case | UUID) -> None:
    """Have the working spaces of a request follow, once this transaction is committed."""
    outbox.enqueue_once(FOLLOW, {"case": str(getattr(case, "pk", case))})


def barring(case: Case, at: datetime) -> list[Verdict]:
    """The verdicts that keep members out, each naming its member by reference (`of`)."""
    return _barring(_clauses(case, at), member_facts(case, at), at)


def _barring(clauses: list[Clause], facts: Mapping, at: datetime) -> list[Verdict]:
    return [v for v in judge(clauses, facts, at) if v.holds is not True and v.of]


def _clauses(case: Case, at: datetime) -> list[Clause]:
    charters = case.charters or versions_in_force(today(at))
    loaded = [load_charter(code, version) for code, version in sorted(charters.items())]
    return [c for c in guards_of("open_access", loaded) if c.subject == "member"]


def barred(case: Case, at: datetime) -> dict[str, str]:
    """The members to whom nothing may be opened, by reference: the article they lack first."""
    return _first_articles(barring(case, at))


def _first_articles(verdicts: Iterable[Verdict]) -> dict[str, str]:
    found = {}
    for verdict in verdicts:
        found.setdefault(verdict.of, verdict.article)
    return found


def closed(case: Case, at: datetime) -> dict[str, str]:
    """The members whose access may not stay open, likewise: what is left to be mended by a grace
    spares them until it bites, what a delegate lifted until it is mended."""
    bitten = _of_members(NonConformity.objects.closing().filter(case=case))
    return _closed(_clauses(case, at), barring(case, at), bitten, lifted(case))


def lifted(case: Case) -> set[tuple[str, str]]:
    """The clauses that a delegate lifted for a member, each with the member's reference."""
    return _of_members(NonConformity.objects.lifted().filter(case=case))


def _of_members(found) -> set[tuple[str, str]]:
    rows = found.filter(member__isnull=False).values_list("clause", "member__ref")
    return {(clause, str(ref)) for clause, ref in rows}


def _closed(
    clauses: list[Clause],
    verdicts: list[Verdict],
    bitten: Collection[tuple[str, str]],
    lifted: Collection[tuple[str, str]],
) -> dict[str, str]:
    spared = {clause.code for clause in clauses if grace(clause)}
    return _first_articles(
        v for v in _but(verdicts, lifted) if v.clause not in spared or (v.clause, v.of) in bitten
    )


def _but(verdicts: Iterable[Verdict], lifted: Collection[tuple[str, str]]) -> list[Verdict]:
    """Those that no delegate lifted."""
    return [v for v in verdicts if (v.clause, v.of) not in lifted]


def sites_closed(case: Case) -> dict[str, str]:
    """The establishments whose data are closed to everybody by a non-conformity of theirs: the
    article, by slug."""
    closing = NonConformity.objects.closing().filter(case=case, establishment__isnull=False)
    return dict(closing.order_by("-pk").values_list("establishment_id", "article"))


def at_fault(case: Case, verdicts: list[Verdict], at: datetime) -> list[Verdict]:
    """Of the continuous articles that do not hold, those that are a fault: of an establishment
    that delivered, of a member. Before anything is open to them, what was never given or waits for
    its day is no fault: it is awaited, and the opening is held."""
    about = {verdict.subject for verdict in verdicts}
    sites, members = {}, set()
    if "site" in about:
        tracks = case.tracks.filter(kind="site", status__in=Track.HELD)
        sites = dict(tracks.values_list("key", "status"))
    if "member" in about:
        rows = MemberAccess.objects.filter(track__case=case)
        members = {str(ref) for ref in rows.values_list("participation__person__ref", flat=True)}

    def is_fault(verdict: Verdict) -> bool:
        awaited = bool(verdict.missing) or verdict.key in AWAITED
        if verdict.subject == "site":
            status = sites.get(verdict.of)
            return status == "opened" or (status == "delivered" and not awaited)
        return verdict.subject != "member" or verdict.of in members or not awaited

    return [verdict for verdict in verdicts if is_fault(verdict)]


def open_for_members(decision: Decision) -> list[MemberAccess]:
    """Open the site of `decision` to every member who is in order."""
    return open_track(decision.track, at=decision.at)


def open_track(track: Track, *, at: datetime) -> list[MemberAccess]:
    """Open `track`'s space to the members in order who have no access to it, and again to those
    whose fault a delegate lifted; to nobody while the establishment is at fault."""
    if track.key in sites_closed(track.case):
        return []
    verdicts, spared = barring(track.case, at), lifted(track.case)
    out = _first_articles(verdicts)
    out_again = _first_articles(_but(verdicts, spared))
    rows = MemberAccess.objects.filter(track=track).values_list("participation__person", "cut_at")
    had, has = {person for person, _cut in rows}, {person for person, cut in rows if cut is None}
    team = Participation.objects.filter(case_id=track.case_id, part__in=Participation.TEAM)
    opened = []
    for member in team.valid(at).select_related("person").order_by("pk"):
        kept_out = out_again if member.person_id in had else out
        if member.person_id not in has and str(member.person.ref) not in kept_out:
            has.add(member.person_id)
            opened.append(
                MemberAccess.objects.create(participation=member, track=track, opened_at=at)
            )
    if opened:
        follow(track.case_id)
    return opened


def cut(case: Case, *, at: datetime, because: str, person=None) -> int:
    """Cut every open access of the case (of `person` alone when given); return how many."""
    open_ones = MemberAccess.objects.filter(track__case=case, cut_at__isnull=True)
    if person is not None:
        open_ones = open_ones.filter(participation__person=person)
    closed = open_ones.update(cut_at=at, cut_because=because)
    if closed:
        follow(case)
    return closed


def bring_up_to_date(case: Case, *, at: datetime) -> tuple[int, int]:
    """While access is open: close it to members and at establishments no longer in order, open it
    where they became so. The spaces follow: a training renewed lets in for longer. How many were
    opened, and cut."""
    if case.state != "access":
        return 0, 0
    lacking, sites = closed(case, at), sites_closed(case)
    cuts = 0
    rows = MemberAccess.objects.filter(track__case=case, cut_at__isnull=True)
    for row in rows.select_related("participation__person", "track"):
        because = lacking.get(str(row.participation.person.ref)) or sites.get(row.track.key)
        if because:
            row.cut_at, row.cut_because = at, because
            row.save(update_fields=["cut_at", "cut_because"])
            cuts += 1
    follow(case)
    tracks = case.tracks.filter(kind="site", status="opened")
    return sum(len(open_track(track, at=at)) for track in tracks), cuts


def unsettled(cases: Collection[Case], at: datetime) -> set[UUID]:
    """Of those cases, all in `access`, the keys of those that `bring_up_to_date` would change: read
    for all of them in the same queries, and nothing written."""
    members = defaultdict(list)
    team = Participation.objects.filter(case__in=cases, part__in=Participation.TEAM).valid(at)
    for case, person, ref in team.values_list("case", "person", "person__ref"):
        members[case].append((person, str(ref)))
    opened, has = defaultdict(list), defaultdict(dict)
    tracks = Track.objects.filter(case__in=cases, kind="site", status="opened")
    for case, track, site in tracks.values_list("case", "pk", "key"):
        opened[case].append((track, site))
    rows = MemberAccess.objects.filter(track__case__in=cases, cut_at__isnull=True).values_list(
        "track__case", "track", "track__key", "participation__person", "participation__person__ref"
    )
    for case, track, site, person, ref in rows:
        has[case][track, person] = (str(ref), site)
    shut, bitten, spared = defaultdict(set), defaultdict(set), defaultdict(set)
    biting = NonConformity.objects.biting().judged().filter(case__in=cases)
    for case, clause, site, ref, judged in biting.values_list(
        "case", "clause", "establishment", "member__ref", "last_judged"
    ):
        lifts = judged == BlockJudgement.Kind.LIFTED
        shut[case].update([site] if site and not lifts else ())
        (spared if lifts else bitten)[case].update([(clause, str(ref))] if ref else ())
    had = _had(list(spared)) if spared else set()

    def changes(case: Case, facts: Mapping) -> bool:
        clauses, sites = _clauses(case, at), shut[case.pk]
        verdicts, lifts = _barring(clauses, facts, at), spared[case.pk]
        out, out_again = _first_articles(verdicts), _first_articles(_but(verdicts, lifts))
        lacking = _closed(clauses, verdicts, bitten[case.pk], lifts)
        return any(ref in lacking or site in sites for ref, site in has[case.pk].values()) or any(
            site not in sites
            and ref not in (out_again if (track, person) in had else out)
            and (track, person) not in has[case.pk]
            for track, site in opened[case.pk]
            for person, ref in members[case.pk]
        )

    return {case.pk for case, facts in facts_each(cases, at) if changes(case, facts)}


def _had(cases: list[UUID]) -> set[tuple[int, int]]:
    """The persons to whom each site of these cases was ever open, as (track, person)."""
    rows = MemberAccess.objects.filter(track__case__in=cases)
    return set(rows.values_list("track", "participation__person"))
