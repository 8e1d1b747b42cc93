"""What the API does in a worker."""

from celery import shared_task
from django.utils import timezone

from portal.api.idempotency import forget_answers as forget


@shared_task(ignore_result=True)
def forget_answers() -> int:
    """Remove the first answers that no call will ask again. By beat, each night."""
    return forget(at=timezone.now())
