"""Members' accesses: opened site by site for those who are in order, cut at once."""

from datetime import datetime

from governance.models import Case, Decision, Participation
from governance.models.case import Track
from projects.models import MemberAccess


def open_for_members(decision: Decision) -> list[MemberAccess]:
    """Open the site of `decision` to every member whom its verdicts find in order."""
    return open_track(decision, decision.track)


def open_track(decision: Decision, track: Track) -> list[MemberAccess]:
    """Open `track`'s space to the members that no verdict about members stands against."""
    barred = {
        v["of"] for v in decision.verdicts if v["subject"] == "member" and v["holds"] is not True
    }
    team = Participation.objects.filter(case=decision.case, part__in=Participation.TEAM).valid(
        decision.at
    )
    return [
        MemberAccess.objects.get_or_create(
            participation=member, track=track, cut_at=None, defaults={"opened_at": decision.at}
        )[0]
        for member in team.select_related("person")
        if str(member.person.ref) not in barred
    ]


def cut(case: Case, *, at: datetime, because: str, person=None) -> int:
    """Cut every open access of the case (of `person` alone when given); return how many."""
    open_ones = MemberAccess.objects.filter(track__case=case, cut_at__isnull=True)
    if person is not None:
        open_ones = open_ones.filter(participation__person=person)
    return open_ones.update(cut_at=at, cut_because=because)
