"""What governance does in a worker."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from governance import outbox
from governance.domain import (
    files,
    incidents,
    nights,
    nonconformities,
    proposals,
    reminders,
    signatures,
    studies,
    warehouses,
)
from governance.ledger.signer import integrate
from governance.models.charter_proposal import CharterProposal

BATCH = 100
"""Messages done in one task: more of them call another one, so that none lasts."""
STUDIED_SECONDS = 120
"""How long one task goes on with an impact study before another one does."""


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


@shared_task(ignore_result=True)
def watch_compliance() -> dict[str, int]:
    """Judge again every request in use: open, close and have bite what is not in order. By beat,
    each night."""
    return nonconformities.watch(at=timezone.now())


@shared_task(ignore_result=True)
def judge_night() -> dict[str, int]:
    """Judge the articles about the whole, and the deadlines of every request. By beat, each
    night."""
    return nights.judge_night(at=timezone.now())


@shared_task(ignore_result=True)
def remind_incidents() -> int:
    """Remind those who have an incident to notify: its clock counts hours. By beat, each minute."""
    return incidents.remind(at=timezone.now())


@shared_task(ignore_result=True)
def remind_signatures() -> int:
    """Ask and remind those who have a charter to sign again. By beat, each night."""
    return signatures.remind(at=timezone.now())


@shared_task(ignore_result=True)
def examine_proposal(pk: int) -> None:
    """Make the proofs on a proposed version of a charter. Safe to repeat."""
    found = CharterProposal.objects.filter(pk=pk, state__in=CharterProposal.OPEN).first()
    if found is not None and not found.examined:
        proposals.examine(found, at=timezone.now())


@shared_task(ignore_result=True)
def go_on_with_study(pk: int) -> int:
    """Judge batches of an impact study, for a while; returns how many. Safe to repeat."""
    began, batches = monotonic(), 1
    while studies.advance(pk, at=timezone.now()):
        batches += 1
        if monotonic() - began > STUDIED_SECONDS:
            go_on_with_study.apply_async([pk], ignore_result=True)
            break
    return batches


@shared_task(ignore_result=True)
def sweep_proposals() -> int:
    """Have the proposals be examined, and the studies go on, whose call was lost. By beat, each
    minute; returns how many were sent."""
    waiting = [*proposals.unexamined()]
    for proposal in waiting:
        proposals.wake(proposal)
    unfinished = list(studies.unfinished())
    for study in unfinished:
        studies.wake(study)
    return len(waiting) + len(unfinished)


@shared_task(ignore_result=True)
def warn_of_warehouses() -> int:
    """Tell the keepers of a warehouse that what it rests on ends. By beat, each night."""
    return warehouses.warn_of_ends(at=timezone.now())
