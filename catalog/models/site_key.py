"""A row of ``SiteKey`` is a public key with which a site's program signs its reports, from
``since`` (included) to ``until`` (excluded). Written when a site is installed or changes its key;
never deleted, since manifests signed under it are kept. The private half stays at the site.

A row of ``SealingKey`` is a public key for which citizens seal their objections to a site, with the
site's signature of it, which is verified before pages hand the key to browsers.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.establishment import Establishment


class SiteKeyQuerySet(models.QuerySet):
    def valid(self, at):
        """The keys that count at the instant ``at``."""
        return self.filter(since__lte=at).filter(Q(until__isnull=True) | Q(until__gt=at))


class SiteKey(models.Model):
    establishment = models.ForeignKey(Establishment, on_delete=models.PROTECT, related_name="keys")
    public_key = models.CharField(
        _("clé publique"), max_length=44, unique=True, help_text=_("Ed25519, 32 octets en base64.")
    )
    since = models.DateTimeField(_("depuis"))
    until = models.DateTimeField(_("jusqu'à"), null=True, blank=True)

    objects = SiteKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("clé d'un établissement")
        verbose_name_plural = _("clés des établissements")
        ordering = ["establishment", "since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                name="site_key_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.establishment_id} {self.public_key[:8]}"


class SealingKey(models.Model):
    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="sealing_keys"
    )
    public_key = models.CharField(
        _("clé publique"), max_length=44, unique=True, help_text=_("X25519, 32 octets en base64.")
    )
    signature = models.CharField(_("signature de l'établissement"), max_length=88)
    since = models.DateTimeField(_("depuis"))
    until = models.DateTimeField(_("jusqu'à"), null=True, blank=True)

    objects = SiteKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("clé de scellement d'un établissement")
        verbose_name_plural = _("clés de scellement des établissements")
        ordering = ["establishment", "since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                name="sealing_key_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.establishment_id} {self.public_key[:8]}"
