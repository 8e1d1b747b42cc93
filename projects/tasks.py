"""What the life of a request does by itself, in a worker. Harmless twice."""

from celery import shared_task
from django.utils import timezone

from governance.domain import convocations
from projects.domain import delays, openings, outputs, spaces
from projects.queries import search


@shared_task(ignore_result=True)
def sweep_accesses() -> dict[str, int]:
    """Open what a delay held back, close what lapsed, end what is over. By beat, each night."""
    return openings.sweep(at=timezone.now())


@shared_task(ignore_result=True)
def sweep_spaces() -> int:
    """Have the working spaces be what they must. By beat, each night."""
    return spaces.sweep(at=timezone.now())


@shared_task(ignore_result=True)
def warn_of_trainings() -> int:
    """Tell members that their training lapses. By beat, each night."""
    return delays.warn_of_trainings(at=timezone.now())


@shared_task(ignore_result=True)
def erase_forgotten_drafts() -> int:
    """Erase the drafts that nobody writes in any more. By beat, each night."""
    return delays.erase_forgotten_drafts(at=timezone.now())


@shared_task(ignore_result=True)
def call_members() -> int:
    """Call the members of the sessions that come. By beat, each night."""
    return convocations.call_due(at=timezone.now())


@shared_task(ignore_result=True)
def remind_of_outputs() -> int:
    """Remind who checks what leaves the working spaces. By beat, each night."""
    return outputs.remind_late(at=timezone.now())


@shared_task(ignore_result=True)
def erase_outputs() -> int:
    """Erase what left the working spaces and is kept no longer. By beat, each night."""
    return outputs.erase_old(at=timezone.now())


@shared_task(ignore_result=True)
def find_what_was_deferred() -> int:
    """Have the public search find what was confidential until today. By beat, each night."""
    return search.find_what_was_deferred(at=timezone.now())
