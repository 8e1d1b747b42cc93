"""A row of ``Delegation`` is an act by which an establishment's director lets a person sign, in the
director's name, some kinds of decision (``steps``) from a day to another, under the reference of
the act. It is printed on each decision taken under it. Written only by
``governance.domain.delegations``; never deleted: taking it back stamps ``revoked_at``.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.establishment import Establishment


class DelegationQuerySet(models.QuerySet):
    def valid(self, at):
        """The delegations in force at the instant ``at``."""
        return self.filter(since__lte=at, until__gt=at).filter(
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=at)
        )

    def for_step(self, step):
        """Those that name the kind of decision ``step``."""
        return self.filter(steps__contains=[step])


class Delegation(models.Model):
    establishment = models.ForeignKey(
        Establishment,
        verbose_name=_("établissement"),
        on_delete=models.PROTECT,
        related_name="delegations",
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("délégataire"),
        on_delete=models.PROTECT,
        related_name="delegations",
    )
    steps = ArrayField(models.CharField(max_length=40), verbose_name=_("décisions déléguées"))
    since = models.DateTimeField(_("depuis"))
    until = models.DateTimeField(_("jusqu'à"))
    act_reference = models.CharField(_("référence de l'acte"), max_length=120)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField(_("retirée le"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("délégation de signature")
        verbose_name_plural = _("délégations de signature")
        ordering = ["establishment", "person", "-since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("since")),
                name="delegation_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(steps=[]), name="delegation_names_at_least_one_step"
            ),
            models.CheckConstraint(
                condition=~Q(act_reference=""),
                name="delegation_has_the_reference_of_its_act",
            ),
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True) | Q(revoked_at__isnull=False),
                name="delegation_revoked_by_has_its_instant",
            ),
        ]

    def __str__(self):
        return f"{self.act_reference} ({self.establishment_id})"
