"""A row of ``RoleGrant`` says that a person holds a role of ``governance.roles`` at one
establishment, or in the whole network when ``establishment`` is null, from ``since`` (included) to
``until`` (excluded). Written only by ``governance.domain.roles``; never deleted: taking a role away
stamps ``revoked_at``, so that one can tell who held what on any past day.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.models.establishment import Establishment
from governance.roles import ROLES, Role


class RoleGrantQuerySet(models.QuerySet):
    def valid(self, at):
        """The grants that count at the instant ``at``."""
        return (
            self.filter(since__lte=at)
            .filter(Q(until__isnull=True) | Q(until__gt=at))
            .filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=at))
        )

    def covering(self, establishment):
        """The grants that count at ``establishment`` (or its slug): its own and the network's."""
        return self.filter(Q(establishment=establishment) | Q(establishment__isnull=True))


class RoleGrant(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_grants"
    )
    role = models.CharField(_("rôle"), max_length=24)
    establishment = models.ForeignKey(
        Establishment,
        verbose_name=_("établissement"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="role_grants",
    )
    since = models.DateTimeField(_("depuis"))
    until = models.DateTimeField(_("jusqu'à"), null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    granted_at = models.DateTimeField(_("attribué le"), default=timezone.now)
    revoked_at = models.DateTimeField(_("retiré le"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("attribution de rôle")
        verbose_name_plural = _("attributions de rôle")
        ordering = ["person", "role", "establishment", "since"]
        indexes = [
            models.Index(fields=["person", "role"], name="role_grant_by_person"),
            models.Index(fields=["establishment", "role"], name="role_grant_by_establishment"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                name="role_grant_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True) | Q(revoked_at__isnull=False),
                name="role_grant_revoked_by_has_its_instant",
            ),
        ]

    def __str__(self):
        where = self.establishment_id or "*"
        return f"{self.person_id} {self.role} @ {where}"

    @property
    def definition(self) -> Role:
        """The role's class, with its name, sentence and permissions."""
        return ROLES[self.role]
