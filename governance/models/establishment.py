"""A row of ``Establishment`` is a hospital of the network: it has a data centre (CDC), a producer,
a catalogue, a warehouse and an extraction queue. Written by administrators (reference data) and by
the hospital itself for its contacts; never deleted, only made inactive. A ninth one is a row.

``slug`` is the key everywhere: addresses, queues, facts, folders.
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EstablishmentQuerySet(models.QuerySet):
    def active(self):
        """Those that can be asked for data today."""
        return self.filter(active=True)


class Establishment(models.Model):
    class Kind(models.TextChoices):
        CHU = "chu", _("Centre hospitalier universitaire")
        CHR = "chr", _("Centre hospitalier régional")
        CH = "ch", _("Centre hospitalier")
        CANCER_CENTRE = "clcc", _("Centre de lutte contre le cancer")

    slug = models.SlugField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("nom"), max_length=160, unique=True)
    short_name = models.CharField(_("nom court"), max_length=40, unique=True)
    kind = models.CharField(_("nature"), max_length=8, choices=Kind)
    position = models.PositiveSmallIntegerField(
        _("rang"), default=0, help_text=_("Ordre d'affichage dans les listes.")
    )
    email = models.EmailField(_("adresse électronique du CDC"), blank=True)
    phone = models.CharField(_("téléphone du CDC"), max_length=30, blank=True)
    postal_address = models.TextField(_("adresse postale"), max_length=500, blank=True)
    dpo_email = models.EmailField(_("adresse électronique du DPO"), blank=True)
    dpo_phone = models.CharField(_("téléphone du DPO"), max_length=30, blank=True)
    website = models.URLField(_("site web"), blank=True)
    warehouse_legal_basis = models.CharField(
        _("base légale de l'entrepôt"),
        max_length=300,
        blank=True,
        help_text=_("Référentiel ou texte sur lequel l'entrepôt repose."),
    )
    warehouse_declaration = models.CharField(
        _("numéro de la déclaration ou de l'autorisation"), max_length=120, blank=True
    )
    warehouse_declared_on = models.DateField(
        _("date de la déclaration ou de l'autorisation"), null=True, blank=True
    )
    silence_months = models.PositiveSmallIntegerField(
        _("mois de silence valant rejet"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text=_("Délai légal au terme duquel le silence vaut rejet (CRPA L.231-4)."),
    )
    active = models.BooleanField(_("actif"), default=True)

    objects = EstablishmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("établissement")
        verbose_name_plural = _("établissements")
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(silence_months__gte=1, silence_months__lte=12),
                name="establishment_silence_is_1_to_12_months",
            ),
            models.CheckConstraint(
                condition=Q(warehouse_declared_on__isnull=True) | ~Q(warehouse_declaration=""),
                name="establishment_declaration_date_has_its_number",
            ),
        ]

    def __str__(self):
        return self.short_name

    def get_absolute_url(self):
        return f"/etablissements/{self.slug}"
