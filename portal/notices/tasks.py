"""What notices do in a worker by themselves: the rest is done by the outbox."""

from celery import shared_task
from django.utils import timezone

from portal.notices import delivery, digests


@shared_task(ignore_result=True)
def send_digests() -> int:
    """The staff's summaries. At 8:00 on working days."""
    return digests.send_digests(at=timezone.now())


@shared_task(ignore_result=True)
def send_monthly_lines() -> int:
    """The holders' line a month. At 8:00 on its first working day."""
    return digests.send_monthly_lines(at=timezone.now())


@shared_task(ignore_result=True)
def forget_notices() -> int:
    """Remove notices of more than a year ago. Each night."""
    return delivery.forget_notices(at=timezone.now())
