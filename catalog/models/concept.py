"""A row of ``Concept`` is one code of a terminology with its labels, so that a criterion is picked
from a list and read back in words. Written by the seed; a code that is not here can still be typed.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.category import in_language
from catalog.models.variable import Terminology


class Concept(models.Model):
    terminology = models.CharField(_("terminologie"), max_length=10, choices=Terminology)
    code = models.CharField(_("code"), max_length=20)
    label_fr = models.CharField(_("libellé en français"), max_length=200)
    label_en = models.CharField(_("libellé en anglais"), max_length=200, blank=True)
    unit = models.CharField(_("unité (UCUM)"), max_length=30, blank=True)
    search = models.TextField(editable=False, blank=True)

    class Meta:
        verbose_name = _("code de terminologie")
        verbose_name_plural = _("codes de terminologie")
        ordering = ["terminology", "code"]
        constraints = [
            models.UniqueConstraint(fields=["terminology", "code"], name="one_concept_per_code"),
        ]

    def __str__(self):
        return f"{self.terminology} {self.code}"

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_fr, self.label_en)
