"""A row of ``WarehouseStanding`` says on what the warehouse of an establishment rests: what its
declaration covers, and how its patients were told of it. Written by the establishment itself.
"""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from governance.models.establishment import Establishment


class WarehouseStanding(models.Model):
    class Kind(models.TextChoices):
        DECLARATION = "declaration"
        AUTHORISATION = "authorisation"

    establishment = models.OneToOneField(
        Establishment, primary_key=True, on_delete=models.CASCADE, related_name="warehouse"
    )
    kind = models.CharField(max_length=14, choices=Kind)
    purposes = ArrayField(models.CharField(max_length=20), default=list)
    recipients = ArrayField(models.CharField(max_length=20), default=list)
    informed_since = models.DateField(null=True, blank=True)
    information_channel = models.CharField(max_length=30, blank=True)
    information_coverage = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(information_coverage__isnull=True) | Q(information_coverage__lte=100),
                name="information_coverage_is_a_percentage",
            ),
        ]

    def __str__(self):
        return self.establishment_id
