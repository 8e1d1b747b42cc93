"""A row of ``WarehouseStanding`` says on what the warehouse of an establishment rests: what its
declaration covers and until when, its document, and how its patients were told of it. Written by
the establishment itself (``governance.domain.warehouses``); a new notice takes the place of the
former. ``warned`` is how many days before the end its keepers were last told of it.
"""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.establishment import Establishment
from governance.models.stored_file import StoredFile


class WarehouseStanding(models.Model):
    class Kind(models.TextChoices):
        DECLARATION = "declaration", _("Déclaration de conformité à un référentiel")
        AUTHORISATION = "authorisation", _("Autorisation de la CNIL")

    class Channel(models.TextChoices):
        """How patients are told, one by one."""

        ADMISSION_BOOKLET = "admission_booklet", _("Livret d'accueil")
        LETTER = "letter", _("Lettre")
        DIGITAL = "digital", _("Message électronique")
        POSTER_AND_WEBSITE = "poster_and_website", _("Affiche et site de l'hôpital")

    establishment = models.OneToOneField(
        Establishment, primary_key=True, on_delete=models.CASCADE, related_name="warehouse"
    )
    kind = models.CharField(max_length=14, choices=Kind, blank=True, default="")
    purposes = ArrayField(models.CharField(max_length=20), default=list)
    recipients = ArrayField(models.CharField(max_length=20), default=list)
    until = models.DateField(null=True, blank=True)
    document = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    warned = models.SmallIntegerField(null=True, blank=True)
    informed_since = models.DateField(null=True, blank=True)
    information_channel = models.CharField(max_length=30, blank=True, choices=Channel)
    information_coverage = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    notice_address = models.URLField(max_length=300, blank=True, default="")
    notice_text = models.TextField(max_length=8000, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(information_coverage__isnull=True) | Q(information_coverage__lte=100),
                name="information_coverage_is_a_percentage",
            ),
        ]

    def __str__(self):
        return self.establishment_id
