"""A row of ``Objection`` is what one establishment was handed of one person's objection, and what
became of it. The portal knows neither who nor to what: only that a box was received, under a
receipt of which it keeps the hash, and what the site answered. The box is blanked once the site
has it.

A row of ``ObjectedDelivery`` is a delivery in which a site found persons who have since objected.
It says how many, never who nor which objection: nothing links it to a receipt. It waits until the
delivery is destroyed or made again, or until a reason to keep it is written.

Written by ``catalog.domain.objections``.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from catalog.models.order import SiteOrder
from governance.models.establishment import Establishment


class ObjectionQuerySet(models.QuerySet):
    def unanswered(self):
        """Those that their site has not answered yet."""
        return self.filter(state=Objection.State.RECEIVED)

    def late(self, at, delay):
        """Those that wait for their site since longer than ``delay`` at ``at``."""
        return self.unanswered().filter(received_at__lt=at - delay)


class Objection(models.Model):
    class State(models.TextChoices):
        RECEIVED = "received", _("reçue")
        APPLIED = "applied", _("appliquée")
        NOT_FOUND = "not_found", _("personne non trouvée")
        UNREADABLE = "unreadable", _("illisible")
        LIFTED = "lifted", _("levée")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receipt = models.CharField(max_length=64)
    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="objections"
    )
    digest = models.CharField(max_length=64)
    sealed = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    order = models.ForeignKey(
        SiteOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    lift_asked_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("opposition")
        verbose_name_plural = _("oppositions")
        ordering = ["received_at"]
        indexes = [
            models.Index(
                fields=["establishment", "received_at"],
                condition=Q(state="received"),
                name="objections_unanswered",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "establishment"], name="one_objection_a_site_and_receipt"
            ),
            models.UniqueConstraint(
                fields=["establishment", "digest"], name="a_sealed_box_counts_once"
            ),
            models.CheckConstraint(
                condition=Q(state="received", answered_at__isnull=True)
                | ~Q(state="received") & Q(answered_at__isnull=False, sealed=""),
                name="an_answered_objection_keeps_no_box",
            ),
        ]

    def __str__(self):
        return f"{self.establishment_id} {self.state}"


class ObjectedDeliveryQuerySet(models.QuerySet):
    def pending(self):
        """Those neither corrected nor kept for a written reason: the delivery is still there, and
        none was made for the same study since."""
        return self.filter(Q(reason=""), ~Exists(_destroyed()), ~Exists(_made_again()))

    def decided(self):
        """The others, each with when its delivery was made again (``again_at``) or destroyed
        (``destroyed_at``), the last one decided first."""
        found = self.annotate(
            again_at=Subquery(_made_again().order_by("ended_at").values("ended_at")[:1]),
            destroyed_at=Subquery(_destroyed().order_by("ended_at").values("ended_at")[:1]),
        ).filter(~Q(reason="") | Q(again_at__isnull=False) | Q(destroyed_at__isnull=False))
        last = Greatest("decided_at", "again_at", "destroyed_at")
        return found.order_by(last.desc(), "-pk")


def _destroyed():
    return SiteOrder.objects.filter(
        state=SiteOrder.State.DONE, kind=SiteOrder.Kind.DESTROY, target=OuterRef("delivery")
    )


def _made_again():
    return SiteOrder.objects.filter(
        state=SiteOrder.State.DONE,
        kind=SiteOrder.Kind.EXTRACT,
        establishment=OuterRef("delivery__establishment"),
        body__number=OuterRef("delivery__body__number"),
        issued_at__gt=OuterRef("last_found_at"),
    )


class ObjectedDelivery(models.Model):
    delivery = models.ForeignKey(SiteOrder, on_delete=models.PROTECT, related_name="objected")
    persons = models.PositiveIntegerField(default=1)
    found_at = models.DateTimeField()
    last_found_at = models.DateTimeField()
    reason = models.TextField(_("motif"), blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ObjectedDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("livraison comprenant des personnes opposées")
        verbose_name_plural = _("livraisons comprenant des personnes opposées")
        ordering = ["found_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery"], condition=Q(reason=""), name="one_open_row_a_delivery"
            ),
            models.CheckConstraint(
                condition=Q(reason="", decided_at__isnull=True)
                | ~Q(reason="") & Q(decided_at__isnull=False),
                name="a_delivery_kept_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(last_found_at__gte=F("found_at")), name="objectors_found_in_order"
            ),
        ]

    def __str__(self):
        return f"{self.delivery_id} {self.persons}"
