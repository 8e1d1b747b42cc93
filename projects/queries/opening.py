"""What an access still waits for once data are there: who mends it, from when it can open."""

from collections.abc import Iterable

from governance.charters import Verdict
from governance.models import Case, Participation
from governance.process.outlook import Outlook
from governance.process.shape import SYSTEM
from governance.process.table import REQUEST
from projects.domain.extractions import DELIVERED, made_again

TO_DELIVER = ("agreed", "agreed_with_limits")


def everything_delivered(tracks: Iterable) -> bool:
    """Whether every establishment of the perimeter has delivered: nobody prepares data any more."""
    statuses = {track.status for track in tracks if track.kind == "site"}
    return "delivered" in statuses and not statuses & set(TO_DELIVER)


def acts_next(case: Case, tracks: Iterable) -> str:
    """The code of who acts next on a request, by its state; once all is delivered, the portal."""
    if case.state == "authorised" and everything_delivered(tracks):
        return SYSTEM
    return REQUEST.state(case.state).acts_next


def opening_lacks(outlook: Outlook) -> list[Verdict]:
    """What stands in the way of opening the establishments that delivered, each thing once; before
    any has, what will stand in the way at those that prepare their data."""
    sites = [track for track in outlook.tracks if track.kind == "site"]
    shown = [t for t in sites if t.status == "delivered"] or [
        t for t in sites if t.status in TO_DELIVER
    ]
    found = {}
    for track in shown:
        verdicts = outlook.obstacles("open_access", track)
        extractions = outlook.facts_for.rows.extractions[track.pk]
        if track.status == DELIVERED and made_again(track, extractions):
            verdicts += outlook.obstacles("deliver", track)
        for verdict in verdicts:
            found.setdefault((verdict.clause, verdict.of), verdict)
    return list(found.values())


def team_names(outlook: Outlook) -> dict[str, str]:
    """The members of the team by their reference, as verdicts name them."""
    people = outlook.facts_for.rows.people
    return {str(p.person.ref): str(p.person) for p in people if p.part in Participation.TEAM}
