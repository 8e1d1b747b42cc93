"""What the witnesses say of the ledger: checked, kept, and read.

A statement comes from an establishment that its own signature has authenticated; nothing of it is
believed for all that. An attestation is kept when the register's key signed the checkpoint, the
witness's key cosigned it, its time is not to come, and the tree has that root. One that does not
hold is refused, and nothing is kept. The one case where an attestation does not fit our tree and
yet the register's key signed it is a fork or a truncation: it is its own proof, and is kept as a
contradiction. What a witness accuses the register of is kept when the two checkpoints it shows are
signed and do contradict what we publish; the witness takes it back by attesting again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery

from governance import outbox
from governance.ledger import tree
from governance.ledger.cosignature import Witness, cosigned_at
from governance.ledger.note import (
    CheckpointText,
    NoteError,
    Verifier,
    WrongSignature,
    open_note,
    read_note,
    signature_by,
)
from governance.ledger.signer import published_checkpoint
from governance.models.establishment import Establishment
from governance.models.ledger import Checkpoint, SigningKey
from governance.models.witness import Contradiction, Cosignature

log = structlog.get_logger(__name__)

SKEW = timedelta(minutes=5)
"""How far a site's clock may be from ours."""
SILENCE = timedelta(hours=1)
"""A witness speaks at least every ten minutes; after that long without a word it is silent."""
LONGEST = 8_000
"""Characters of a checkpoint as a witness sends it."""
CONTRADICTED = "register_contradicted"
"""The kind of the outbox's message that tells of a contradiction."""
INCIDENT = "incident_found"
"""The kind of the one by which it becomes an incident: ``governance.domain.incidents``."""

Reason = Contradiction.Reason


class StatementRefused(Exception):
    """A statement that does not hold. ``reason`` is ``malformed``, ``origin``, ``log_signature``
    (the register's key did not sign), ``cosignature`` (the witness's key did not), ``future`` or
    ``unfounded`` (what is shown does not contradict the register)."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def record(
    statement: dict,
    *,
    establishment: str,
    witnesses: Iterable[Witness],
    said_at: datetime,
    at: datetime,
) -> None:
    """Keep what a witness says, once verified.

    ``statement`` is ``{"says": "agrees", "checkpoint"}``, a note with the register's signature and
    the witness's; or ``{"says": a Reason, "kept", "shown"}``, two notes. ``witnesses`` are the keys
    that the establishment may cosign with today, ``said_at`` when it signed what it sends.
    Raises StatementRefused; then nothing was kept.
    """
    says = statement.get("says")
    notes = {name: note for name, note in statement.items() if name != "says"}
    if not all(isinstance(note, str) and len(note) <= LONGEST for note in notes.values()):
        raise StatementRefused("malformed")
    if says == "agrees" and notes.keys() == {"checkpoint"}:
        _attestation(notes["checkpoint"], establishment, list(witnesses), at)
    elif says in Reason.values and notes.keys() == {"kept", "shown"}:
        if said_at > at + SKEW:
            raise StatementRefused("future")
        _check_accusation(says, **notes)
        _contradict(establishment, says, **notes, said_at=said_at, at=at)
    else:
        raise StatementRefused("malformed")


def _attestation(note: str, establishment: str, witnesses: list[Witness], at: datetime) -> None:
    said = _signed(note)
    witness, said_at = _cosigned(note, witnesses)
    if said_at > at + SKEW:
        raise StatementRefused("future")
    if not _is_ours(said):
        published = published_checkpoint()
        reason = Reason.SHORTENED if said.size > published.size else Reason.FORKED
        shown = published.note
        _contradict(establishment, reason, kept=note, shown=shown, said_at=said_at, at=at)
        return
    values = {
        "line": signature_by(witness, read_note(note)[1]).line,
        "key": witness.vkey,
        "said_at": said_at,
        "received_at": at,
    }
    with transaction.atomic():
        found, created = Cosignature.objects.get_or_create(
            establishment_id=establishment, size=said.size, defaults=values
        )
        if not created:
            # Statements may come in disorder: an earlier one does not replace a later one.
            Cosignature.objects.filter(pk=found.pk, said_at__lt=said_at).update(**values)
        Contradiction.objects.open().filter(
            establishment=establishment, last_said_at__lt=said_at
        ).update(ended_at=said_at)


def _signed(note: str) -> CheckpointText:
    """What a checkpoint says, one of the register's keys having signed it."""
    try:
        said = CheckpointText.parse(read_note(note)[0])
        if said.origin != settings.LEDGER_ORIGIN:
            raise StatementRefused("origin")
        if said.text != read_note(note)[0] or said.size >= 2**63:
            raise StatementRefused("malformed")
    except NoteError as error:
        raise StatementRefused("malformed") from error
    if not _signed_by_us(note):
        raise StatementRefused("log_signature")
    return said


def _signed_by_us(note: str) -> bool:
    for vkey in SigningKey.objects.values_list("vkey", flat=True):
        try:
            open_note(note, Verifier.parse(vkey))
        except WrongSignature:
            continue
        return True
    return False


def _cosigned(note: str, witnesses: list[Witness]) -> tuple[Witness, datetime]:
    for witness in witnesses:
        try:
            time = cosigned_at(note, witness)
            return witness, datetime.fromtimestamp(time, UTC)
        except WrongSignature:
            continue
        except (ValueError, OverflowError, OSError) as error:  # a year that no calendar has
            raise StatementRefused("future") from error
    raise StatementRefused("cosignature")


def _is_ours(said: CheckpointText) -> bool:
    """Whether what is published begins with the tree of this checkpoint."""
    published = published_checkpoint()
    return said.size <= published.size and tree.root(said.size) == said.root


def _check_accusation(says: str, kept: str, shown: str) -> None:
    before = _signed(kept) if kept or says in (Reason.FORKED, Reason.SHORTENED) else None
    if says == Reason.OTHER_KEY:
        try:
            CheckpointText.parse(read_note(shown)[0])
        except NoteError as error:
            raise StatementRefused("malformed") from error
        if _signed_by_us(shown):
            raise StatementRefused("unfounded")
        return
    now = _signed(shown)
    if says == Reason.UNPROVED:
        return
    if (before.size > now.size) != (says == Reason.SHORTENED):
        raise StatementRefused("unfounded")
    if _is_ours(before) and _is_ours(now):
        raise StatementRefused("unfounded")


@transaction.atomic
def _contradict(
    establishment: str, reason: str, *, kept: str, shown: str, said_at: datetime, at: datetime
) -> None:
    """Open a contradiction, or say that it lasts: its first evidence is the one that stays."""
    answered = Cosignature.objects.filter(establishment=establishment, said_at__gt=said_at)
    if answered.exists():
        return  # it came late: the witness has attested the register since
    found, created = Contradiction.objects.open().get_or_create(
        establishment_id=establishment,
        reason=reason,
        defaults={
            "kept": kept,
            "shown": shown,
            "since": said_at,
            "last_said_at": said_at,
            "received_at": at,
            "ended_at": None,
        },
    )
    if not created:
        Contradiction.objects.filter(pk=found.pk, last_said_at__lt=said_at).update(
            last_said_at=said_at
        )
    elif found.loud:
        log.error("register_contradicted", site=establishment, reason=reason)
        outbox.enqueue(CONTRADICTED, {"contradiction": found.pk})
        outbox.enqueue(INCIDENT, {"contradiction": found.pk})


# --- what is read -----------------------------------------------------------------------------


class State(StrEnum):
    """Where a witness stands, as pages say it."""

    AGREES = "agrees"
    LATE = "late"
    """It speaks, of a tree that has been outgrown for long: it is not shown what others are."""
    SILENT = "silent"
    ABSENT = "absent"
    """It has never spoken."""
    UNPROVED = "unproved"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True)
class Standing:
    """One establishment as a witness: its state, the last tree it attested and when."""

    establishment: Establishment
    state: State
    size: int | None
    said_at: datetime | None
    key: str
    contradiction: Contradiction | None


@dataclass(frozen=True)
class Standings:
    """All the witnesses together."""

    each: list[Standing]

    @property
    def agreeing(self) -> list[Standing]:
        return [each for each in self.each if each.state is State.AGREES]

    @property
    def unanimous(self) -> bool:
        return bool(self.each) and len(self.agreeing) == len(self.each)

    @property
    def said_at(self) -> datetime | None:
        """When the last of those that agree did."""
        return max((each.said_at for each in self.agreeing), default=None)

    @property
    def size(self) -> int | None:
        """How many leaves every one of those that agree has attested."""
        return min((each.size for each in self.agreeing), default=None)


def standings(at: datetime) -> Standings:
    """Where each active establishment stands at ``at``; three queries."""
    outgrown = (
        Checkpoint.objects.filter(size__gt=OuterRef("size"))
        .order_by("size", "signed_at")
        .values("signed_at")[:1]
    )
    last = {
        found.establishment_id: found
        for found in Cosignature.objects.order_by("establishment_id", "-said_at")
        .distinct("establishment_id")
        .annotate(outgrown_at=Subquery(outgrown))
    }
    open_ones: dict[str, Contradiction] = {}
    for found in Contradiction.objects.open().order_by("since"):
        known = open_ones.get(found.establishment_id)
        if known is None or (found.loud and not known.loud):
            open_ones[found.establishment_id] = found
    return Standings(
        [
            _standing(place, last.get(place.pk), open_ones.get(place.pk), at)
            for place in Establishment.objects.active()
        ]
    )


def _standing(
    place: Establishment,
    last: Cosignature | None,
    contradiction: Contradiction | None,
    at: datetime,
) -> Standing:
    if contradiction is not None:
        state = State.CONTRADICTS if contradiction.loud else State.UNPROVED
    elif last is None:
        state = State.ABSENT
    elif last.said_at < at - SILENCE:
        state = State.SILENT
    elif last.outgrown_at is not None and last.outgrown_at < last.said_at - SILENCE:
        state = State.LATE
    else:
        state = State.AGREES
    return Standing(
        place,
        state,
        last and last.size,
        last and last.said_at,
        last.key if last else "",
        contradiction,
    )


def open_contradictions() -> list[Contradiction]:
    """What must be shown loudly, the first said first; one query."""
    found = Contradiction.objects.open().loud().select_related("establishment")
    return list(found.order_by("since", "pk"))


def past_contradictions(limit: int = 20) -> list[Contradiction]:
    """What witnesses said and then took back, the latest first."""
    found = Contradiction.objects.loud().filter(ended_at__isnull=False)
    return list(found.select_related("establishment")[:limit])


def cosigned_note(checkpoint: Checkpoint) -> str:
    """A checkpoint as published: the register's signature, then those of the witnesses."""
    lines = Cosignature.objects.filter(size=checkpoint.size, establishment__active=True)
    lines = lines.order_by("establishment__position", "establishment")
    return checkpoint.note + "".join(f"{line}\n" for line in lines.values_list("line", flat=True))
