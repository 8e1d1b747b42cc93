"""A row of ``Adoption`` says from when a version of a charter is in force, and which leaf says so.

Written by ``governance.domain.charters.adopt``; append-only.
"""

from django.db import models


class Adoption(models.Model):
    charter = models.CharField(max_length=16)
    version = models.CharField(max_length=8)
    in_force_from = models.DateTimeField()
    text_sha256 = models.CharField(max_length=64)
    leaf_index = models.BigIntegerField(unique=True)

    class Meta:
        ordering = ["charter", "in_force_from"]
        constraints = [
            models.UniqueConstraint(fields=["charter", "version"], name="version_adopted_once"),
        ]

    def __str__(self):
        return f"{self.charter}/{self.version}"
