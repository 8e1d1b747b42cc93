"""A row of ``Category`` is one of the thirteen kinds of data that a hospital of the network may
hold (reports, laboratory, imaging…). Reference data, written by the seed and by administrators;
never deleted while a dataset or a variable is of it. A fourteenth is a row.
"""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    slug = models.SlugField(_("code"), max_length=40, primary_key=True)
    position = models.PositiveSmallIntegerField(_("rang"), unique=True)
    label_fr = models.CharField(_("libellé en français"), max_length=80, unique=True)
    label_en = models.CharField(_("libellé en anglais"), max_length=80)
    short_fr = models.CharField(_("libellé court en français"), max_length=30)
    short_en = models.CharField(_("libellé court en anglais"), max_length=30)
    description_fr = models.TextField(_("description en français"), blank=True)
    description_en = models.TextField(_("description en anglais"), blank=True)

    class Meta:
        verbose_name = _("catégorie de données")
        verbose_name_plural = _("catégories de données")
        ordering = ["position"]

    def __str__(self):
        return self.label

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_fr, self.label_en)

    @property
    def short(self) -> str:
        """The short label in the reader's language, for the heads of columns."""
        return in_language(self.short_fr, self.short_en)

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return in_language(self.description_fr, self.description_en)


def in_language(french: str, english: str) -> str:
    """The text in the reader's language; French where the English one is empty."""
    return english if english and (get_language() or "fr").startswith("en") else french
