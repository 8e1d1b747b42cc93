"""What the portal itself does in a worker."""

from celery import current_app, shared_task
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from portal.sweeps import due_now

AGAIN = 900
"""Seconds before a task that is due, was sent and has not ended, is sent again."""


@shared_task(ignore_result=True)
def run_due() -> list[str]:
    """Send the daily tasks that are due; returns their names. By beat, each minute.

    The mark in the cache only spares sending one each minute while it runs: without it the task
    is sent twice, which is harmless.
    """
    sent = [
        name
        for name in due_now(timezone.now())
        if cache.add(f"sweep-sent:{name}", 1, timeout=AGAIN)
    ]
    for name in sent:
        current_app.send_task(name, ignore_result=True)
    return sent


@shared_task(ignore_result=True)
def forget_sessions() -> None:
    """Remove sessions that are over. By beat, each night."""
    call_command("clearsessions")
