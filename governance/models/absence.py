"""A row of ``Absence`` says that a person is away from a day to another (both included) and who
stands in: what waits for them is shown to, and reminded to, the stand-in. Written by the person or
by their local administrator through ``governance.domain.absences``; an absence that has not
started may be deleted.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class AbsenceQuerySet(models.QuerySet):
    def on(self, day):
        """The absences that cover the day ``day``."""
        return self.filter(since__lte=day, until__gte=day)


class Absence(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences"
    )
    since = models.DateField(_("du"))
    until = models.DateField(_("au"))
    stand_in = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("suppléant"),
        on_delete=models.PROTECT,
        related_name="standing_in",
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")), name="absence_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(stand_in=F("person")),
                name="absence_stand_in_is_someone_else",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.since} – {self.until}"
