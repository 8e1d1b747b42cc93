"""A row of ``Organisation`` is a legal person that a request can name: controller, joint
controller, processor, sponsor, funder. Written by the network's administrators, or proposed with a
draft and then checked by a case officer; kept as long as a request names it.

A row of ``MethodologyCommitment`` says that this organisation declared to the CNIL, under a number
and on a date, that it follows a reference methodology (MR-001 … MR-008) or a reference framework.
"""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from governance.models.establishment import Establishment


class Organisation(models.Model):
    class Kind(models.TextChoices):
        HEALTH_ESTABLISHMENT = "health_establishment", _("Établissement de santé")
        HOSPITAL_FEDERATION = "hospital_federation", _("Fédération hospitalière")
        RESEARCH_BODY = "research_body", _("Organisme de recherche ou université")
        MANUFACTURER = (
            "manufacturer",
            _("Industriel du médicament ou du dispositif médical"),
        )
        INSURER = "insurer", _("Organisme d'assurance en santé")
        STARTUP = "startup", _("Jeune entreprise")
        ASSOCIATION = "association", _("Association")

    name = models.CharField(_("nom"), max_length=200)
    kind = models.CharField(_("nature"), max_length=24, choices=Kind)
    dpo_name = models.CharField(
        _("délégué à la protection des données"), max_length=160, blank=True
    )
    dpo_email = models.EmailField(_("adresse électronique du DPO"), blank=True)
    country = models.CharField(
        _("pays"),
        max_length=2,
        default="FR",
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Deux lettres majuscules, comme FR."))],
        help_text=_("Code ISO 3166 à deux lettres, comme FR."),
    )
    establishment = models.OneToOneField(
        Establishment,
        verbose_name=_("établissement du réseau"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="organisation",
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                "country",
                name="organisation_name_is_unique_in_its_country",
                violation_error_message=_("Une organisation de ce nom existe déjà dans ce pays."),
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"),
                name="organisation_country_is_two_letters",
            ),
        ]

    def __str__(self):
        return self.name


class MethodologyCommitment(models.Model):
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        related_name="methodology_commitments",
    )
    methodology = models.CharField(
        _("méthodologie"),
        max_length=20,
        validators=[RegexValidator(r"^MR-\d{3}$", _("Écrivez MR- et trois chiffres : MR-004."))],
    )
    number = models.CharField(_("numéro de la déclaration"), max_length=60)
    on = models.DateField(_("date"))

    class Meta:
        verbose_name = _("engagement de conformité")
        verbose_name_plural = _("engagements de conformité")
        ordering = ["organisation", "methodology"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "methodology"],
                name="one_commitment_per_organisation_and_methodology",
            )
        ]

    def __str__(self):
        return f"{self.methodology} · {self.organisation}"
