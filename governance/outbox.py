"""What follows a transaction: written in it, done after it, at least once and harmless twice.

``enqueue`` writes a row in the caller's transaction and, once committed, wakes a worker. The row is
the truth: a lost wake-up only delays the work until the next sweep (each minute). A handler is a
function of the payload, registered under its kind, that must be harmless when run twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone

from governance.models.outbox import Message

log = structlog.get_logger(__name__)

ATTEMPTS = 8
"""After this many failures a message is left to a person, and counted in the metrics."""

HANDLERS: dict[str, Callable[[dict], None]] = {}


def handler(kind: str):
    """Register the function that does messages of ``kind``."""

    def register(function: Callable[[dict], None]) -> Callable[[dict], None]:
        HANDLERS[kind] = function
        return function

    return register


def enqueue(kind: str, payload: dict, *, due_at: datetime | None = None) -> Message:
    """Write a message, to be done once the transaction is committed and ``due_at`` is past."""
    now = timezone.now()
    message = Message.objects.create(kind=kind, payload=payload, due_at=due_at or now)
    if message.due_at <= now:
        transaction.on_commit(_wake, robust=True)
    return message


def _wake() -> None:
    current_app.send_task("governance.tasks.deliver_outbox", ignore_result=True)


def deliver(limit: int = 100) -> int:
    """Do the messages that wait, oldest first; return how many were tried.

    Each is locked while it is done, so that workers share the queue; a failure is kept on the row
    and tried again later, twice as late each time.
    """
    tried = 0
    while tried < limit and _deliver_one():
        tried += 1
    return tried


def _deliver_one() -> bool:
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(done_at__isnull=True, failed_at__isnull=True, due_at__lte=timezone.now())
            .order_by("due_at", "id")
            .first()
        )
        if message is None:
            return False
        message.attempts += 1
        try:
            with transaction.atomic():
                HANDLERS[message.kind](message.payload)
            message.done_at = timezone.now()
        # Any failure of one message must leave the others their turn.
        except Exception as error:
            log.exception("outbox_failed", kind=message.kind, message=message.pk)
            message.last_error = f"{type(error).__name__}: {error}"[:300]
            message.due_at = timezone.now() + timedelta(seconds=15 * 2**message.attempts)
            if message.attempts >= ATTEMPTS:
                message.failed_at = timezone.now()
        message.save()
    return True
