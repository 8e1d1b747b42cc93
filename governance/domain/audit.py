"""Writing down what was done to rights and accounts, and who read what is confidential."""

from datetime import datetime

from governance import outbox
from governance.models.audit import AccessLog, AuditEvent

RIGHT_CHANGED = "right_changed"
"""The message that hands on to a person what was changed of their rights, by its audit's key."""


def record(
    action: str,
    *,
    by,
    at: datetime,
    subject_type: str,
    subject_ref: object,
    establishment=None,
    details: dict | None = None,
) -> AuditEvent:
    """Append one act to the audit, in the caller's transaction.

    ``by`` is a person, or None for the system. ``details`` holds codes, numbers and ISO dates
    only: neither names nor free text.
    """
    return AuditEvent.objects.create(
        action=action,
        by=by,
        at=at,
        subject_type=subject_type,
        subject_ref=str(subject_ref),
        establishment_id=getattr(establishment, "pk", establishment),
        details=details or {},
    )


def record_right(action: str, person, *, by, at: datetime, establishment, details: dict) -> None:
    """As ``record``, of a right of ``person``, who is told, unless the system gives it."""
    event = record(
        action,
        by=by,
        at=at,
        subject_type="person",
        subject_ref=person.ref,
        establishment=establishment,
        details=details,
    )
    if by is not None:
        outbox.enqueue(RIGHT_CHANGED, {"event": event.pk})


def record_reading(
    *, by, at: datetime, subject_type: str, subject_ref: object, as_role: str = ""
) -> AccessLog:
    """Append one reading of something confidential, in the quality of ``as_role``."""
    return AccessLog.objects.create(
        by=by, at=at, subject_type=subject_type, subject_ref=str(subject_ref), as_role=as_role
    )
