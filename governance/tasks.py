"""What governance does in a worker."""

from celery import shared_task
from django.utils import timezone

from governance import outbox
from governance.domain import files, reminders
from governance.ledger.signer import integrate

BATCH = 100
"""Messages done in one task: more of them call another one, so that none lasts."""


@shared_task(ignore_result=True)
def integrate_ledger() -> int:
    """Bring new leaves into the public ledger and sign it; returns its size. Safe to repeat.

    Called after the commit of a leaf, and by beat each minute for those whose call was lost.
    """
    return integrate(at=timezone.now()).size


@shared_task(ignore_result=True)
def deliver_outbox(lane: str = outbox.MAIN) -> int:
    """Do the messages of a lane that wait; returns how many were tried. Safe to repeat."""
    tried = outbox.deliver(lane, BATCH)
    if tried == BATCH:
        outbox.wake(lane)
    return tried


@shared_task(ignore_result=True)
def sweep_outbox() -> int:
    """Wake each lane where something waits, its own wake-up having been lost. By beat, each
    minute; returns how many lanes were woken."""
    woken = outbox.lanes_waiting(timezone.now())
    for lane in woken:
        outbox.wake(lane)
    return len(woken)


@shared_task(ignore_result=True)
def forget_outbox() -> int:
    """Remove messages done long ago. By beat, each night."""
    return outbox.forget(at=timezone.now())


@shared_task(ignore_result=True)
def remove_orphans() -> int:
    """Remove stored files that no row names. By beat, each night."""
    return files.remove_orphans(at=timezone.now())


@shared_task(ignore_result=True)
def send_reminders() -> int:
    """Have the reminders that are owed leave. By beat, each night."""
    return reminders.send_due(at=timezone.now())
