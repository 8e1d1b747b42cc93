"""What the establishments' witnesses say of the public ledger.

Written by ``governance.ledger.witnesses`` from statements whose signatures it has verified. A
witness that says nothing has no row: silence is read from the date of the last one.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.establishment import Establishment


class Cosignature(models.Model):
    """One row is a witness's cosignature of the checkpoint of ``size`` leaves, the latest it gave.

    ``line`` is the signature line as published, ``key`` the verifier key under which it holds,
    ``said_at`` the instant that it signs. Kept: they are what a reader compares a copy with.
    """

    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="cosignatures"
    )
    size = models.BigIntegerField()
    line = models.CharField(max_length=400)
    key = models.CharField(max_length=300)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("attestation d'un témoin")
        verbose_name_plural = _("attestations des témoins")
        ordering = ["-said_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "size"], name="one_cosignature_a_witness_and_size"
            ),
            models.CheckConstraint(condition=Q(size__gte=0), name="cosignature_size_from_zero"),
        ]
        indexes = [
            models.Index(fields=["establishment", "-said_at"], name="cosignature_by_witness"),
            models.Index(fields=["size"], name="cosignature_by_size"),
        ]

    def __str__(self):
        return f"{self.establishment_id} {self.size}"


class ContradictionQuerySet(models.QuerySet):
    def open(self):
        """Those that their witness has not taken back by attesting the register again."""
        return self.filter(ended_at__isnull=True)

    def loud(self):
        """Those that accuse the register; the others only say that nothing could be verified."""
        return self.exclude(reason=Contradiction.Reason.UNPROVED)


class Contradiction(models.Model):
    """One row is a witness saying that the register shown to it is not the one it had seen.

    ``kept`` is the checkpoint it had seen last, ``shown`` the one that it refused: both as signed,
    so that anyone can compare them. It ends when the witness attests the register again, and stays.
    """

    class Reason(models.TextChoices):
        FORKED = "forked", _("le registre ne commence plus par ce qui avait été vu")
        SHORTENED = "shortened", _("le registre est plus court que ce qui avait été vu")
        OTHER_KEY = "other_key", _("le registre est signé d'une clé inconnue")
        UNPROVED = "unproved", _("le registre n'a pas pu être vérifié")

    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="contradictions"
    )
    reason = models.CharField(max_length=10, choices=Reason)
    kept = models.TextField(blank=True)
    shown = models.TextField()
    since = models.DateTimeField()
    last_said_at = models.DateTimeField()
    received_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ContradictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contradiction d'un témoin")
        verbose_name_plural = _("contradictions des témoins")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "reason"],
                condition=Q(ended_at__isnull=True),
                name="one_open_contradiction_a_witness_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(last_said_at__gte=F("since"))
                & (Q(ended_at__isnull=True) | Q(ended_at__gte=F("last_said_at"))),
                name="contradiction_in_its_order",
            ),
        ]

    def __str__(self):
        return f"{self.establishment_id} {self.reason}"

    @property
    def loud(self):
        """Whether it accuses the register."""
        return self.reason != self.Reason.UNPROVED
