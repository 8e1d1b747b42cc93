"""What the overview of a request tells: who holds it, its hospitals, what its reader may do."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.models import Participation
from governance.process.outlook import OpenStep
from projects.forms.records import KINDS
from projects.models import Request
from projects.queries.overview import (
    already_made,
    page_address,
    ref_of,
    status_words,
    step_address,
    track_name,
)
from projects.reader import Reader


def holder_of(request: Request):
    """The person who answers for the request, off the people that its facts read."""
    people = request.outlook.facts_for.rows.people
    held = (p.person for p in people if p.part == Participation.Part.HOLDER and p.until is None)
    return next(held, None)


def sites_of(request: Request, reader: Reader) -> list[dict]:
    """The hospitals asked, where each stands; with its brief, for who reads it there."""
    found = []
    for track in request.outlook.tracks:
        if track.kind != "site":
            continue
        reads = not reader.on_team and any(
            place in (None, track.key) for _role, place in reader.grants
        )
        brief = reads and request.case.state in ("preparation", "authorised", "access")
        found.append(
            {
                "name": track.establishment.short_name,
                "status": status_words(track, request.case.state),
                "href": page_address("agreement", ref_of(request), track.key) if brief else "",
            }
        )
    return found


@dataclass(frozen=True)
class Sitting:
    """When the committee looks at the request: at a session, or its chair alone before it. `missed`
    are the sessions from which it was put off, the oldest first."""

    at: datetime | None
    alone: bool = False
    missed: list[datetime] = field(default_factory=list)


def sitting_of(request: Request) -> Sitting | None:
    """The session that awaits the request; None when the committee has nothing to look at."""
    if request.case.state != "committee":
        return None
    items = list(
        request.case.items.select_related("session", "decision").order_by(
            "session__starts_at", "pk"
        )
    )
    awaited = [i for i in items if i.decision_id is None and i.session.closed_at is None]
    missed = [i.session.starts_at for i in items if _put_off(i, request)]
    if not awaited:
        return Sitting(None, missed=missed)
    return Sitting(awaited[-1].session.starts_at, awaited[-1].delegated, missed)


def _put_off(item, request: Request) -> bool:
    """Whether the session ended without an opinion since the request last came to the committee."""
    dealt = item.decision.outcome == "deferred" if item.decision_id else item.session.closed_at
    return bool(dealt) and item.session.starts_at >= request.case.state_since


def acts_of(request: Request, steps: list[OpenStep], shown: str) -> list[dict]:
    """The steps that the reader may take, but for the one the page shows already."""
    language, found = get_language() or "fr", []
    for each in steps:
        href = step_address(request, each)
        late = each.step.code == "appeal" and each.obstacles
        if href == shown or late or already_made(each):
            continue
        label = each.step.label.say(language)
        if each.track is not None and each.track.key:
            label = _("%(step)s : %(track)s") % {"step": label, "track": track_name(each.track)}
        found.append({"label": label, "href": href, "hindered": bool(each.obstacles)})
    return found


def records_for(request: Request, reader: Reader) -> list[dict]:
    """What the reader may write down of what happened, in the state where the request is."""
    return [
        {"title": kind.title, "href": page_address("record", ref_of(request), code)}
        for code, kind in KINDS.items()
        if kind.open_to(reader, request)
    ]
