"""Taking a step from a page: safe to send twice, and never on what one has not read."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q

from governance.models import Decision
from governance.models.case import Track
from governance.models.decision import StepKey
from governance.process.engine import take_step
from projects.models import Request


@transaction.atomic
def take(
    request: Request,
    step: str,
    *,
    by,
    at: datetime,
    read: int,
    key: str,
    track: Track | None = None,
    **asked,
) -> Decision:
    """Take `step` as somebody who read the request at the revision `read` asks it.

    The same key gives the same decision again. Raises a Refusal, nothing being written: `StaleCase`
    when somebody decided in between, but for decisions that moved other tracks only.
    """
    earlier = taken_before(request, key, by)
    if earlier is not None:
        return earlier
    return take_step(
        request.case,
        step,
        by=by,
        at=at,
        track=track,
        key=key,
        expect_revision=_still_read(request, read, track),
        **asked,
    )


def taken_before(request: Request, key: str, by) -> Decision | None:
    """The decision that this key gave `by` on the request; None when it gave none."""
    found = (
        StepKey.objects.select_related("decision")
        .filter(key=key, decision__case_id=request.pk, decision__by=by)
        .first()
    )
    return found.decision if found else None


def decided_since(request: Request, read: int, track: Track | None = None):
    """The decisions taken since the revision `read` that count for who moves `track`: those on
    other tracks, that left the state as it was, do not."""
    since = request.case.decisions.filter(index__gt=read)
    if track is None or track.kind == "appeal":
        return since
    elsewhere = Q(from_state=F("to_state"), track__isnull=False) & ~Q(track=track)
    return since.exclude(elsewhere)


def _still_read(request: Request, read: int, track: Track | None) -> int:
    if decided_since(request, read, track).exists():
        return read
    last = request.case.decisions.aggregate(last=Max("index"))["last"]
    return read if last is None else max(read, last)
