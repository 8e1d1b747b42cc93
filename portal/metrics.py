"""The figures an operator watches: each has its alert line in docs/operator/alerts.md.

Read from the database at each scrape, so that any of several web processes gives the same answer.
"""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from catalog.models import SiteOrder
from governance import outbox
from governance.ledger.signer import unsigned_leaves
from governance.models.outbox import Message, Sweep
from governance.models.witness import Contradiction
from governance.queries import nights
from portal.schedule import EVERYTHING

MAILS = ("mail", "digest", "invitation")
"""The kinds of the outbox's messages that send a mail."""

NEVER = 10**9
"""The age, in seconds, of a sweep that never ran."""


class Figures(Collector):
    """One reading of everything watched."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is read before the first scrape."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        yield GaugeMetricFamily(
            "guichet_outbox_age_seconds",
            "How long the oldest message that is due has been waiting",
            outbox.oldest_wait(now).total_seconds(),
        )
        yield _by_kind(
            "guichet_outbox_waiting", "Messages that are due, by kind", outbox.waiting(now)
        )
        failed = Message.objects.filter(failed_at__isnull=False)
        yield _by_kind("guichet_outbox_failed", "Messages given up, by kind", failed)
        yield GaugeMetricFamily(
            "guichet_failed_mails",
            "Mails refused: given up, or waiting for another attempt",
            Message.objects.filter(kind__in=MAILS, done_at__isnull=True, attempts__gt=0).count(),
        )
        oldest = SiteOrder.objects.lapsed(now).aggregate(oldest=Min("lease_until"))["oldest"]
        yield GaugeMetricFamily(
            "guichet_oldest_lease_seconds",
            "How long ago the oldest lease of a live order ended; 0 when none has",
            (now - oldest).total_seconds() if oldest else 0,
        )
        yield GaugeMetricFamily(
            "guichet_unsigned_leaves",
            "Leaves of the ledger not yet integrated and signed",
            unsigned_leaves(),
        )
        yield GaugeMetricFamily(
            "guichet_register_contradictions",
            "Contradictions of the ledger said by witnesses and not taken back",
            Contradiction.objects.open().loud().count(),
        )
        yield GaugeMetricFamily(
            "guichet_articles_failing",
            "Articles about the whole register that did not hold the last night",
            nights.failing(),
        )
        yield _sweeps(now)


def _by_kind(name: str, text: str, messages) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["kind"])
    counted = messages.order_by().values_list("kind").annotate(n=Count("pk")).order_by("kind")
    for kind, n in counted:
        family.add_metric([kind], n)
    return family


def _sweeps(now) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "guichet_last_sweep_seconds",
        "How long ago each periodic task last ran to its end",
        labels=["task"],
    )
    runs = dict(Sweep.objects.values_list("name", "last_run_at"))
    for name in EVERYTHING:
        ran = runs.get(name)
        family.add_metric([name], (now - ran).total_seconds() if ran else NEVER)
    return family


def exposition() -> bytes:
    """All figures in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(Figures())
    return generate_latest(registry)
