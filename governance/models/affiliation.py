"""The service of an establishment where a person works, as they declare it themselves.

Written by ``governance.domain.affiliations``; two persons of one service of one establishment have
an interest in each other's requests.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from governance.models.establishment import Establishment


class Affiliation(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="affiliations"
    )
    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="affiliations"
    )
    service = models.CharField(max_length=120)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["establishment__position", "service", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "establishment", "service"],
                condition=Q(until__isnull=True),
                name="one_service_once_per_person",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="affiliation_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.service}, {self.establishment_id}"
