"""Members' accesses: opened site by site for those who are in order, cut at once.

Who is in order is judged member by member (the clauses that guard `open_access` and bite on a
member). The fault of one closes their own access, never the others'.
"""

from datetime import datetime

from governance.charters import Verdict, guards_of, judge, load_charter, versions_in_force
from governance.charters.facts import today
from governance.models import Case, Decision, Participation
from governance.models.case import Track
from projects.models import MemberAccess
from projects.process.facts import member_facts


def barring(case: Case, at: datetime) -> list[Verdict]:
    """The verdicts that keep members out, each naming its member by reference (`of`)."""
    charters = case.charters or versions_in_force(today(at))
    loaded = [load_charter(code, version) for code, version in sorted(charters.items())]
    clauses = [c for c in guards_of("open_access", loaded) if c.subject == "member"]
    verdicts = judge(clauses, member_facts(case, at), at)
    return [v for v in verdicts if v.holds is not True and v.of]


def barred(case: Case, at: datetime) -> dict[str, str]:
    """The members whose access may not be open, by reference: the article they lack first."""
    found = {}
    for verdict in barring(case, at):
        found.setdefault(verdict.of, verdict.article)
    return found


def open_for_members(decision: Decision) -> list[MemberAccess]:
    """Open the site of `decision` to every member who is in order."""
    return open_track(decision.track, at=decision.at)


def open_track(track: Track, *, at: datetime) -> list[MemberAccess]:
    """Open `track`'s space to the members in order who have no access to it."""
    out = barred(track.case, at)
    open_ones = MemberAccess.objects.filter(track=track, cut_at__isnull=True)
    has = set(open_ones.values_list("participation__person_id", flat=True))
    team = Participation.objects.filter(case_id=track.case_id, part__in=Participation.TEAM)
    opened = []
    for member in team.valid(at).select_related("person").order_by("pk"):
        if member.person_id not in has and str(member.person.ref) not in out:
            has.add(member.person_id)
            opened.append(
                MemberAccess.objects.create(participation=member, track=track, opened_at=at)
            )
    return opened


def cut(case: Case, *, at: datetime, because: str, person=None) -> int:
    """Cut every open access of the case (of `person` alone when given); return how many."""
    open_ones = MemberAccess.objects.filter(track__case=case, cut_at__isnull=True)
    if person is not None:
        open_ones = open_ones.filter(participation__person=person)
    return open_ones.update(cut_at=at, cut_because=because)


def bring_up_to_date(case: Case, *, at: datetime) -> tuple[int, int]:
    """While access is open: close it to members no longer in order, open it to those who became
    so. How many were opened, and cut."""
    if case.state != "access":
        return 0, 0
    lacking = barred(case, at)
    cuts = 0
    rows = MemberAccess.objects.filter(track__case=case, cut_at__isnull=True)
    for row in rows.select_related("participation__person"):
        because = lacking.get(str(row.participation.person.ref))
        if because:
            row.cut_at, row.cut_because = at, because
            row.save(update_fields=["cut_at", "cut_because"])
            cuts += 1
    tracks = case.tracks.filter(kind="site", status="opened")
    return sum(len(open_track(track, at=at)) for track in tracks), cuts
