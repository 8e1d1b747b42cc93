"""What was done to rights and accounts, and who read what is confidential.

A row of ``AuditEvent`` is one act outside the life of a request (a role granted, a second factor
reset, a token made…). A row of ``AccessLog`` is one reading of a confidential file. Written in the
transaction of the act itself; append-only, by triggers and by the rights of the application's
role. They carry codes and references, never names or text: a person who is erased leaves a
reference that says nothing.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    at = models.DateTimeField(_("le"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("par"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    action = models.CharField(_("acte"), max_length=60)
    subject_type = models.CharField(_("sur"), max_length=40)
    subject_ref = models.CharField(_("référence"), max_length=64)
    establishment = models.ForeignKey(
        "governance.Establishment",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    details = models.JSONField(_("détails"), default=dict)

    class Meta:
        verbose_name = _("acte audité")
        verbose_name_plural = _("actes audités")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_ref"], name="audit_by_subject"),
            models.Index(fields=["establishment", "-id"], name="audit_by_establishment"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject_type}:{self.subject_ref}"


class AccessLog(models.Model):
    at = models.DateTimeField(_("le"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("par"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    subject_type = models.CharField(_("sur"), max_length=40)
    subject_ref = models.CharField(_("référence"), max_length=64)
    as_role = models.CharField(_("en tant que"), max_length=24, blank=True)

    class Meta:
        verbose_name = _("lecture")
        verbose_name_plural = _("lectures")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_ref"], name="access_by_subject"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.subject_type}:{self.subject_ref}"
