"""What binds a person once, for all their requests.

A row of ``CharterSignature`` says that a person signed a version of a charter: the digest is that
of the very text they read. A row of ``Training`` says that they hold a data-protection training
until a day. Both are written by the person through ``governance.domain.commitments``; a signature
is never changed, a training is replaced by the next one.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CharterSignature(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="charter_signatures",
    )
    charter = models.CharField(_("charte"), max_length=20)
    version = models.CharField(_("version"), max_length=40)
    signed_at = models.DateTimeField(_("signée le"))
    text_sha256 = models.CharField(_("empreinte du texte signé"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("signature de charte")
        verbose_name_plural = _("signatures de charte")
        ordering = ["person", "charter", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "charter", "version"],
                name="one_signature_per_charter_version",
            )
        ]

    def __str__(self):
        return f"{self.charter}/{self.version} · {self.person_id}"


class TrainingQuerySet(models.QuerySet):
    def valid(self, on):
        """Those that count on the day ``on`` (the last day counts)."""
        return self.filter(obtained_on__lte=on, expires_on__gte=on)


class Training(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="trainings"
    )
    title = models.CharField(_("intitulé"), max_length=160)
    obtained_on = models.DateField(_("obtenue le"))
    expires_on = models.DateField(_("valable jusqu'au"))
    document = models.ForeignKey(
        "governance.StoredFile",
        verbose_name=_("attestation"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = TrainingQuerySet.as_manager()

    class Meta:
        verbose_name = _("formation")
        verbose_name_plural = _("formations")
        ordering = ["person", "-expires_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__gt=F("obtained_on")),
                name="training_expires_after_it_starts",
            )
        ]

    def __str__(self):
        return f"{self.title} ({self.expires_on})"
