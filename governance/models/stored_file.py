"""A row of ``StoredFile`` is a file kept outside the web root under a random name.

Written by ``governance.domain.files.store`` after its type was sniffed from its content, its size
bounded and the scanner asked. Served only through a permission check, each read logged. The bytes
may be erased (``erased_at``); the row and its hash stay.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class StoredFile(models.Model):
    class Scan(models.TextChoices):
        CLEAN = "clean"
        NOT_SCANNED = "not_scanned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=120, unique=True)
    scan = models.CharField(max_length=12, choices=Scan)
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=0), name="stored_file_size"),
        ]

    def __str__(self):
        return self.name


class Document(models.Model):
    """The PDF of a decision, rendered once by a worker; its hash is a leaf of the ledger."""

    decision = models.OneToOneField(
        "governance.Decision", on_delete=models.PROTECT, related_name="document"
    )
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="document")
    template_version = models.PositiveSmallIntegerField()
    leaf_index = models.BigIntegerField()
    rendered_at = models.DateTimeField()

    def __str__(self):
        return str(self.decision_id)
