"""What the overview of a request tells: who holds it, its hospitals, what its reader may do."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.models import Participation
from governance.process.engine import OpenStep
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
    """The person who answers for the request."""
    row = (
        request.case.participations.filter(part=Participation.Part.HOLDER, until__isnull=True)
        .select_related("person")
        .first()
    )
    return row.person if row else None


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
