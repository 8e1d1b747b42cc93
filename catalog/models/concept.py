"""A row of ``Concept`` is one code of a terminology with its labels, so that a criterion is picked
from a list and read back in words. A code that is not here can still be typed; one that a newer
list no longer holds is ``retired``: read back, and no longer offered.

A row of ``CodeList`` says which version of a terminology was loaded, from where and when.

Both are written by ``catalog.domain.code_lists``.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.category import in_language
from catalog.models.searched import Searched
from catalog.models.variable import Terminology


class ConceptQuerySet(models.QuerySet):
    def offered(self):
        """Those of the versions that are loaded."""
        return self.filter(retired=False)


class Concept(Searched):
    terminology = models.CharField(_("terminologie"), max_length=10, choices=Terminology)
    code = models.CharField(_("code"), max_length=20)
    label_fr = models.CharField(_("libellé en français"), max_length=500)
    label_en = models.CharField(_("libellé en anglais"), max_length=500, blank=True)
    unit = models.CharField(_("unité (UCUM)"), max_length=30, blank=True)
    retired = models.BooleanField(_("retiré de la liste"), default=False)

    objects = ConceptQuerySet.as_manager()

    class Meta:
        verbose_name = _("code de terminologie")
        verbose_name_plural = _("codes de terminologie")
        ordering = ["terminology", "code"]
        indexes = [GinIndex(fields=["search"], name="concepts_by_words")]
        constraints = [
            models.UniqueConstraint(fields=["terminology", "code"], name="one_concept_per_code"),
        ]

    def __str__(self):
        return f"{self.terminology} {self.code}"

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_fr, self.label_en)

    def says(self):
        """Its code and labels; the other language's weighs less."""
        return [(f"{self.code} {self.label_fr}", "A"), (self.label_en, "B")]


class CodeList(models.Model):
    terminology = models.CharField(
        _("terminologie"), max_length=10, choices=Terminology, primary_key=True
    )
    version = models.CharField(_("version"), max_length=80)
    source = models.CharField(_("source"), max_length=300)
    codes = models.PositiveIntegerField(_("codes"))
    loaded_at = models.DateTimeField(_("chargée le"))

    class Meta:
        verbose_name = _("liste de codes")
        verbose_name_plural = _("listes de codes")
        ordering = ["terminology"]

    def __str__(self):
        return f"{self.terminology} {self.version}"
