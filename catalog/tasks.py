"""What the catalogue does in a worker."""

from celery import shared_task
from django.utils import timezone

from catalog.domain import findings, harvests, objections, orders, quality, reports


@shared_task(ignore_result=True)
def sweep_orders() -> int:
    """Send again, or give up, the orders whose lease has ended. By beat, each minute."""
    return orders.sweep_orders(at=timezone.now())


@shared_task(ignore_result=True)
def sweep_objections() -> int:
    """Hand over again the objections whose order ended without an answer, count late the sites
    that let their hours pass, and have each compare its own list twice a day. By beat, each
    minute."""
    now = timezone.now()
    objections.count_late(at=now)
    return objections.hand_over_again(at=now) + objections.ask_comparisons(at=now)


@shared_task(ignore_result=True)
def forget_reports() -> int:
    """Remove the traces of reports of orders long ended. By beat, each night."""
    return reports.forget_reports(at=timezone.now())


@shared_task(ignore_result=True)
def remind_findings() -> int:
    """Have the reminders of reported anomalies leave. By beat, each night."""
    return findings.remind(at=timezone.now())


@shared_task(ignore_result=True)
def harvest_catalogues() -> int:
    """Have the catalogues of other nodes read again. By beat, each week."""
    return harvests.ask_all(at=timezone.now())


@shared_task(ignore_result=True)
def check_warehouses() -> int:
    """Have each site check its warehouse. By beat, each week."""
    return quality.ask_weekly(at=timezone.now())
