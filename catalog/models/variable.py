"""A row of ``Variable`` is one thing that can be asked for: a column of a table, or one measure
among the rows of a table (``concept``). The same for the whole network. Written by the seed, and
by producers through it; never deleted once a request asked for it.

A row of ``FillRate`` says that one establishment holds a variable, how often it is filled, and
what to know of its quality there. An establishment without a row does not hold the variable.
"""

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.category import Category, in_language
from catalog.models.searched import Searched
from governance.models.establishment import Establishment


class Terminology(models.TextChoices):
    CIM10 = "CIM-10", "CIM-10"
    CCAM = "CCAM", "CCAM"
    ATC = "ATC", "ATC"
    UCD = "UCD", "UCD"
    LOINC = "LOINC", "LOINC"
    ADICAP = "ADICAP", "ADICAP"


class Sensitivity(models.TextChoices):
    ORDINARY = "ordinary", _("ordinaire")
    INDIRECT = "indirect", _("identifiante indirectement")
    DIRECT = "direct", _("identifiante directement")
    GENETIC = "genetic", _("génétique")


class Variable(Searched):
    class Type(models.TextChoices):
        CODE = "code", _("code")
        NUMBER = "number", _("nombre")
        DATE = "date", _("date")
        TEXT = "text", _("texte")
        BOOLEAN = "boolean", _("oui ou non")

    code = models.CharField(_("code"), max_length=80, primary_key=True)
    category = models.ForeignKey(
        Category, verbose_name=_("catégorie"), on_delete=models.PROTECT, related_name="variables"
    )
    label_fr = models.CharField(_("libellé en français"), max_length=160)
    label_en = models.CharField(_("libellé en anglais"), max_length=160)
    description_fr = models.TextField(_("description en français"), blank=True)
    description_en = models.TextField(_("description en anglais"), blank=True)
    table = models.CharField(_("table"), max_length=40)
    column = models.CharField(_("colonne"), max_length=60)
    concept = models.CharField(
        _("concept"),
        max_length=40,
        blank=True,
        help_text=_("Code de la mesure quand la colonne en porte plusieurs."),
    )
    type = models.CharField(_("type"), max_length=8, choices=Type)
    unit = models.CharField(_("unité (UCUM)"), max_length=30, blank=True)
    terminology = models.CharField(
        _("terminologie"), max_length=10, choices=Terminology, blank=True
    )
    sensitivity = models.CharField(
        _("sensibilité"), max_length=10, choices=Sensitivity, default=Sensitivity.ORDINARY
    )

    class Meta:
        verbose_name = _("variable")
        verbose_name_plural = _("variables")
        ordering = ["category__position", "code"]
        indexes = [GinIndex(fields=["search"], name="variables_by_words")]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "column", "concept"], name="one_variable_per_place"
            ),
            models.CheckConstraint(
                condition=Q(unit="") | Q(type="number"), name="only_numbers_have_a_unit"
            ),
        ]

    def __str__(self):
        return self.code

    def get_absolute_url(self):
        return f"/catalogue/variables/{self.code}"

    def says(self):
        """Its label and code first, then its kind and what is said of it."""
        return [
            (f"{self.label_fr} {self.concept} {self.code}", "A"),
            (f"{self.label_en} {self.category.label_fr} {self.terminology}", "B"),
            (f"{self.description_fr} {self.category.label_en} {self.table}", "C"),
        ]

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_fr, self.label_en)

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return in_language(self.description_fr, self.description_en)


class FillRate(models.Model):
    variable = models.ForeignKey(Variable, on_delete=models.CASCADE, related_name="fill_rates")
    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="fill_rates"
    )
    rate = models.PositiveSmallIntegerField(
        _("remplissage"), validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    measured_on = models.DateField(_("mesuré le"), null=True, blank=True)
    note_fr = models.TextField(_("note de qualité en français"), blank=True)
    note_en = models.TextField(_("note de qualité en anglais"), blank=True)

    class Meta:
        verbose_name = _("taux de remplissage")
        verbose_name_plural = _("taux de remplissage")
        ordering = ["establishment__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["variable", "establishment"], name="one_fill_rate_per_site"
            ),
            models.CheckConstraint(condition=Q(rate__lte=100), name="fill_rate_is_a_percentage"),
        ]

    def __str__(self):
        return f"{self.variable_id} {self.establishment_id} {self.rate} %"

    @property
    def note(self) -> str:
        """What to know of its quality here, in the reader's language."""
        return in_language(self.note_fr, self.note_en)
