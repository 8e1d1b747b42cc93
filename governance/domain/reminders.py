"""Reminders: what leaves by itself, each night, for the clocks that run."""

from datetime import datetime

from django.db import transaction

from governance import outbox
from governance.models.deadline import Deadline
from governance.process import clocks
from governance.process.registry import registered


def send_due(*, at: datetime) -> int:
    """Have every reminder owed by `at`, and not sent, leave; return how many.

    Harmless twice, and after a missed night. One transaction a clock: a reminder is written with
    the message that carries it.
    """
    running = Deadline.objects.running().select_related("case").prefetch_related("reminders")
    sent = 0
    for deadline in running.order_by("pk").iterator(chunk_size=1000):
        process = registered(deadline.case.process).process
        what, code, *_ = deadline.subject.split(":")
        if what == "state" and process.state(code).ended:
            continue
        gone = {reminder.kind for reminder in deadline.reminders.all()}
        for kind in clocks.reminders_owed(deadline, clocks.delay_of(deadline, process), at):
            sent += kind not in gone and remind(deadline, kind, at=at)
    return sent


@transaction.atomic
def remind(deadline: Deadline, kind: str, *, at: datetime) -> bool:
    """Send one reminder, once; False when it had left, or when the clock has stopped meanwhile."""
    running = Deadline.objects.running().select_for_update().filter(pk=deadline.pk)
    if not running.exists() or not clocks.send_reminder(deadline, kind, at):
        return False
    outbox.enqueue("reminder", {"deadline": deadline.pk, "kind": kind})
    return True
