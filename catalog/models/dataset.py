"""A row of ``Dataset`` describes what one establishment holds in one category: since when, how
much, on whom, and when its producer last checked that description (P-01: twelve months at most).

Written by the seed and by the establishment's producer; never deleted once a request asked for it:
``until_year`` ends it. It holds descriptions and volumes, never a patient's data.
"""

from datetime import date

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.category import Category, in_language
from catalog.models.searched import Searched
from governance.charters.facts import months_later
from governance.models.establishment import Establishment

REVIEW_MONTHS = 12
"""A description older than this is shown as to be checked. The rule itself is P-01's parameter."""


class DatasetQuerySet(models.QuerySet):
    def listed(self):
        """With their establishment and category, in the order in which pages show them."""
        return self.select_related("establishment", "category").order_by(
            "establishment__position", "category__position"
        )

    def shown(self):
        """Those of the active establishments, the only ones with pages, as `listed`."""
        return self.listed().filter(establishment__active=True)


class Dataset(Searched):
    class Frequency(models.TextChoices):
        DAILY = "daily", _("chaque jour")
        WEEKLY = "weekly", _("chaque semaine")
        MONTHLY = "monthly", _("chaque mois")
        YEARLY = "yearly", _("chaque année")

    slug = models.SlugField(_("code"), max_length=90, primary_key=True)
    establishment = models.ForeignKey(
        Establishment,
        verbose_name=_("établissement"),
        on_delete=models.PROTECT,
        related_name="datasets",
    )
    category = models.ForeignKey(
        Category, verbose_name=_("catégorie"), on_delete=models.PROTECT, related_name="datasets"
    )
    since_year = models.PositiveSmallIntegerField(
        _("depuis"), validators=[MinValueValidator(1970), MaxValueValidator(2100)]
    )
    until_year = models.PositiveSmallIntegerField(
        _("jusqu'à"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1970), MaxValueValidator(2100)],
    )
    rows = models.PositiveBigIntegerField(
        _("volume"), null=True, blank=True, help_text=_("En enregistrements, ou en documents.")
    )
    persons = models.PositiveBigIntegerField(
        _("patients"),
        null=True,
        blank=True,
        help_text=_("Arrondi ; vide sous le seuil de publication."),
    )
    measured_on = models.DateField(_("volumes mesurés le"), null=True, blank=True)
    synthetic = models.BooleanField(_("données synthétiques"), default=False)
    description_fr = models.TextField(_("description en français"))
    description_en = models.TextField(_("description en anglais"), blank=True)
    population_fr = models.TextField(_("population en français"))
    population_en = models.TextField(_("population en anglais"), blank=True)
    conditions_fr = models.TextField(_("conditions d'accès en français"), blank=True)
    conditions_en = models.TextField(_("conditions d'accès en anglais"), blank=True)
    frequency = models.CharField(_("mise à jour"), max_length=8, choices=Frequency)
    contact = models.EmailField(_("contact"), blank=True)
    reviewed_on = models.DateField(_("description vérifiée le"), null=True, blank=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        verbose_name = _("jeu de données")
        verbose_name_plural = _("jeux de données")
        ordering = ["establishment__position", "category__position"]
        indexes = [GinIndex(fields=["search"], name="datasets_by_words")]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "category"], name="one_dataset_per_site_and_category"
            ),
            models.CheckConstraint(
                condition=Q(until_year__isnull=True) | Q(until_year__gte=F("since_year")),
                name="dataset_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(measured_on__isnull=False) | Q(rows__isnull=True, persons__isnull=True),
                name="dataset_volumes_have_their_date",
            ),
        ]

    def __str__(self):
        return self.slug

    def get_absolute_url(self):
        return f"/catalogue/{self.slug}"

    def says(self):
        """Its kind and its hospital first, then its description and whom it is about."""
        place, category = self.establishment, self.category
        return [
            (f"{category.label_fr} {place.name} {place.short_name}", "A"),
            (f"{category.label_en} {self.description_fr}", "B"),
            (f"{self.population_fr} {self.description_en} {self.slug}", "C"),
        ]

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return in_language(self.description_fr, self.description_en)

    @property
    def population(self) -> str:
        """Whom the data are about, in the reader's language."""
        return in_language(self.population_fr, self.population_en)

    @property
    def conditions(self) -> str:
        """Conditions of access beyond the charters, in the reader's language."""
        return in_language(self.conditions_fr, self.conditions_en)

    @property
    def years(self) -> str:
        """``2012–2019``, or ``2012–`` while it goes on."""
        return f"{self.since_year}–{self.until_year or ''}"

    @property
    def magnitude(self) -> int:
        """How large the volume is, from 0 (unknown) to 5: one more each ten times."""
        return min(5, max(1, len(str(self.rows)) - 2)) if self.rows else 0

    def is_current(self, on: date) -> bool:
        """Whether its description was checked within twelve months of the day ``on`` (P-01)."""
        return self.reviewed_on is not None and months_later(self.reviewed_on, REVIEW_MONTHS) >= on
