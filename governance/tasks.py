"""What governance does in a worker."""

from celery import shared_task
from django.utils import timezone

from governance.ledger.signer import integrate


@shared_task(ignore_result=True)
def integrate_ledger() -> int:
    """Bring new leaves into the public ledger and sign it; returns its size. Safe to repeat.

    Called after the commit of a leaf, and by beat each minute for those whose call was lost.
    """
    return integrate(at=timezone.now()).size
