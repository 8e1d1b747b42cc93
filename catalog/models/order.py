"""A row of ``SiteOrder`` is one signed order given to one site, and what became of it. The row is
the truth and the broker a hint: while the order is live its lease ends, and the sweep sends the
same envelope again, until the site answers or the order is no longer valid.

A row of ``SiteReport`` is a report the portal accepted, under its (order, sequence): a second one
with the same pair must be the same bytes, and changes nothing. Its content is not kept here: the
order's ``result`` and what handlers write are. What a citizen sealed leaves the row with the
answer.

Written by ``catalog.domain.orders`` and ``catalog.domain.reports``. Orders stay; reports go 90 days
after their order ended.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.orders import queue_of
from governance.models.establishment import Establishment


class SiteOrderQuerySet(models.QuerySet):
    def live(self):
        """Those whose site has not said its last word, and that may still be carried out."""
        return self.filter(state__in=SiteOrder.LIVE)

    def lapsed(self, at):
        """The live ones whose lease has ended at ``at``: to be sent again, or given up."""
        return self.live().filter(lease_until__lte=at)


class SiteOrder(models.Model):
    class Kind(models.TextChoices):
        COUNT = "count", _("comptage")
        EXTRACT = "extract", _("extraction")
        CANCEL = "cancel", _("annulation")
        DESTROY = "destroy", _("destruction")
        OBJECT = "object", _("opposition")
        QUALITY = "quality", _("contrôle de l'entrepôt")
        SPACE = "space", _("espace de travail")

    class State(models.TextChoices):
        WAITING = "waiting", _("à envoyer")
        SENT = "sent", _("envoyé")
        RUNNING = "running", _("en cours")
        DONE = "done", _("exécuté")
        FAILED = "failed", _("échoué")
        REFUSED = "refused", _("refusé par l'établissement")
        CANCELLED = "cancelled", _("annulé")
        EXPIRED = "expired", _("resté sans réponse")

    LIVE = (State.WAITING, State.SENT, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="orders"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    body = models.JSONField()
    envelope = models.JSONField()
    hash = models.CharField(max_length=64, unique=True)
    target = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    valid_until = models.DateTimeField()
    lease_until = models.DateTimeField()
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    sends = models.PositiveSmallIntegerField(default=0)
    sequence = models.IntegerField(default=-1)
    progress = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SiteOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("ordre à un établissement")
        verbose_name_plural = _("ordres aux établissements")
        ordering = ["-issued_at"]
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=("waiting", "sent", "running")),
                name="live_orders_by_lease",
            ),
            models.Index(fields=["establishment", "-issued_at"], name="orders_by_site"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("issued_at")), name="order_is_valid_for_a_while"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "sent", "running"), ended_at__isnull=True)
                | ~Q(state__in=("waiting", "sent", "running")) & Q(ended_at__isnull=False),
                name="an_order_that_ended_says_when",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("cancel", "destroy"), target__isnull=False)
                | ~Q(kind__in=("cancel", "destroy")) & Q(target__isnull=True),
                name="cancel_and_destroy_have_a_target",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.establishment_id} {self.id}"

    @property
    def queue(self) -> str:
        """The Celery queue it travels on."""
        return queue_of(self.establishment_id, self.kind)


class SiteReport(models.Model):
    order = models.ForeignKey(SiteOrder, on_delete=models.CASCADE, related_name="reports")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("rapport d'un établissement")
        verbose_name_plural = _("rapports des établissements")
        ordering = ["order", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="a_report_counts_once"),
        ]

    def __str__(self):
        return f"{self.order_id} {self.sequence} {self.kind}"
