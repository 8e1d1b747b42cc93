"""A row of ``DescriptionVersion`` is a description of a dataset as a person of its establishment
wrote it: waiting to be read again by another, accepted (it then has a number, and was the
description from that day on), or refused with a reason. Versions that were accepted are public and
stay; the names of who wrote and who read are not public. At most one waits at a time.

Written by ``catalog.domain.descriptions``.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.dataset import Dataset


class DescriptionVersionQuerySet(models.QuerySet):
    def waiting(self):
        """Those that nobody has read again yet."""
        return self.filter(state=DescriptionVersion.State.WAITING)

    def accepted(self):
        """Those that were or are the description, the first one first."""
        return self.filter(state=DescriptionVersion.State.ACCEPTED).order_by("dataset", "number")


class DescriptionVersion(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("à relire")
        ACCEPTED = "accepted", _("acceptée")
        REFUSED = "refused", _("refusée")

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    content = models.JSONField()
    note = models.TextField(_("ce qui change"), blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(_("motif du refus"), blank=True)

    objects = DescriptionVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version d'une description")
        verbose_name_plural = _("versions des descriptions")
        ordering = ["dataset", "-written_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "number"], name="description_versions_are_numbered"
            ),
            models.UniqueConstraint(
                fields=["dataset"],
                condition=Q(state="waiting"),
                name="one_description_waits_a_dataset",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", reviewed_at__isnull=True)
                | ~Q(state="waiting") & Q(reviewed_at__isnull=False),
                name="a_description_read_again_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", number__isnull=False)
                | ~Q(state="accepted") & Q(number__isnull=True),
                name="accepted_descriptions_have_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(answer=""),
                name="a_description_refused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(written_by__isnull=True)
                | Q(reviewed_by__isnull=True)
                | ~Q(reviewed_by=F("written_by")),
                name="a_description_is_read_again_by_another",
            ),
        ]

    def __str__(self):
        return f"{self.dataset_id} {self.number or self.state}"
