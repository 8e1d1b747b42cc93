"""Records: what the world does, accepted in any live state. They decide nothing; facts read."""

from datetime import datetime

from django.db import transaction

from governance import outbox
from governance.domain.watching import facts_changed
from governance.models import Case, Record, Track
from governance.process.refusals import WrongState
from governance.qualification import evidence_of
from projects.domain import accesses
from projects.models import Evidence, Qualification, Request

PIECES_IN = ("instruction", "committee", "completion", "preparation")
"""The states in which the pieces of formalities are gathered."""

KINDS = (
    "count",
    "destination_checked",
    "exception_examined",
    "notice_online",
    "hearing",
    "dpo_opinion",
    "breach",
    "results_excuse",
    "reciprocity",
    "recognition_agreed",
    "recognition_given",
    "warning",
    "bounce",
)


@transaction.atomic
def record(
    case: Case, kind: str, *, by, at: datetime, track: Track | None = None, data=None, text=""
) -> Record:
    """Write that something happened. `data` holds codes, `text` words. A breach closes at once the
    access of whom it is about, and opens it again when it is closed. Raises ValueError for a kind
    that is not of `KINDS`."""
    if kind not in KINDS:
        raise ValueError(kind)
    row = case.records.create(kind=kind, at=at, by=by, track=track, data=data or {}, text=text)
    if kind == "breach":
        accesses.bring_up_to_date(case, at=at)
    _say_recorded(case, by, at)
    facts_changed(case=case)
    return row


def _say_recorded(case: Case, by, at: datetime) -> None:
    """Before the decision, what was written down may be the last thing that was missing."""
    if case.state in PIECES_IN:
        payload = {"case": str(case.pk), "by": by and by.pk, "at": at.isoformat()}
        outbox.enqueue("recorded", payload)


@transaction.atomic
def give_dpo_opinion(
    request: Request,
    *,
    agrees: bool,
    text: str,
    qualification: str = "",
    formality: str = "",
    by,
    at: datetime,
) -> Qualification:
    """The DPO's written opinion on the route, with another one proposed when they disagree."""
    found, _created = Qualification.objects.get_or_create(request=request)
    found.dpo_opinion = Qualification.Opinion.AGREES if agrees else Qualification.Opinion.DISAGREES
    found.dpo_qualification, found.dpo_formality = qualification, formality
    found.dpo_text, found.dpo_by, found.dpo_at = text.strip(), by, at
    found.save()
    return found


@transaction.atomic
def give_evidence(
    track: Track, code: str, values: dict, *, by, at: datetime, file=None
) -> Evidence:
    """Give one piece a formality asks, in place of the former one.

    Raises WrongState once the request is decided, which rests on them; ValueError when the
    formality does not ask it.
    """
    if track.case.state not in PIECES_IN:
        raise WrongState(track.case.state)
    if code not in {piece.code for piece in evidence_of(track.key)}:
        raise ValueError(code)
    piece, _created = Evidence.objects.update_or_create(
        track=track,
        code=code,
        defaults={"values": values, "file": file, "given_at": at, "given_by": by},
    )
    _say_recorded(track.case, by, at)
    return piece
