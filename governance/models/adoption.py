"""A row of ``Adoption`` says which version of a charter was adopted, from when it is in force, by
which vote, and which leaf of the register says so. It holds the very text.

Written by ``governance.domain.adoptions.adopt``; append-only. ``establishment`` is set for a local
version. ``sign_by`` is the last day on which a signature of the version before still counts; a
local version that has none is signed by nobody.
"""

from django.db import models
from django.db.models import F, Q

from governance.models.committee import Session
from governance.models.establishment import Establishment


class Adoption(models.Model):
    charter = models.CharField(max_length=16)
    version = models.CharField(max_length=40)
    establishment = models.ForeignKey(
        Establishment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="adopted_charters",
    )
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    adopted_on = models.DateField()
    in_force_from = models.DateField()
    sign_by = models.DateField(null=True, blank=True)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="adoptions")
    votes_for = models.PositiveSmallIntegerField()
    votes_against = models.PositiveSmallIntegerField()
    abstentions = models.PositiveSmallIntegerField()
    minutes = models.CharField(max_length=80)
    leaf_index = models.BigIntegerField(unique=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["charter", "version"], name="version_adopted_once"),
            models.CheckConstraint(
                condition=Q(votes_for__gt=F("votes_against")), name="adopted_by_a_majority"
            ),
            models.CheckConstraint(
                condition=Q(sign_by__isnull=True) | Q(sign_by__gte=F("in_force_from")),
                name="signed_again_once_in_force",
            ),
            models.CheckConstraint(
                condition=Q(in_force_from__gte=F("adopted_on")),
                name="adoption_not_back_dated",
            ),
        ]

    def __str__(self):
        return f"{self.charter}/{self.version}"
