"""A row of ``LabelDeclaration`` is what an establishment says of one element of a dataset's quality
label (EHDS, article 78) that cannot be computed: in words, with the address of its proof, until a
day. Public. The last one of an element is the one that counts; none is changed or deleted.

Written by ``catalog.domain.labels``.
"""

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.dataset import Dataset


class LabelDeclaration(models.Model):
    class Element(models.TextChoices):
        MANAGEMENT = "management", _("Comment l’hôpital veille à leur qualité")
        ACCESS = "access", _("En combien de temps elles sont prêtes")
        MODIFICATIONS = "modifications", _("Ce qui leur est ajouté ou relié")

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="declarations")
    element = models.CharField(max_length=14, choices=Element)
    text = models.TextField(_("ce que l'hôpital déclare"))
    proof = models.URLField(
        _("adresse de la preuve"), max_length=500, validators=[URLValidator(["https", "http"])]
    )
    valid_until = models.DateField(_("valable jusqu'au"))
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    declared_at = models.DateTimeField()

    class Meta:
        verbose_name = _("déclaration pour le label de qualité")
        verbose_name_plural = _("déclarations pour le label de qualité")
        ordering = ["dataset", "element", "-declared_at", "-pk"]
        indexes = [models.Index(fields=["dataset", "element"], name="declarations_by_element")]

    def __str__(self):
        return f"{self.dataset_id} {self.element}"
