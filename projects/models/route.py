"""The regulatory side of a request: its qualification, its formalities' evidence, conventions.

``Qualification`` keeps what was computed, what the DPO thinks and what was set. ``Evidence`` is one
piece a formality asks. ``Convention`` describes the contract behind a convention track.
"""

from django.conf import settings
from django.db import models

from governance.models.case import Track
from governance.models.stored_file import StoredFile
from projects.models.request import Request


class Qualification(models.Model):
    class Opinion(models.TextChoices):
        AGREES = "agrees"
        DISAGREES = "disagrees"

    request = models.OneToOneField(
        Request, primary_key=True, on_delete=models.CASCADE, related_name="qualification"
    )
    computed = models.JSONField(default=dict)
    set_qualification = models.CharField(max_length=12, blank=True)
    set_formality = models.CharField(max_length=12, blank=True)
    dpo_opinion = models.CharField(max_length=10, choices=Opinion, blank=True)
    dpo_qualification = models.CharField(max_length=12, blank=True)
    dpo_formality = models.CharField(max_length=12, blank=True)
    dpo_text = models.TextField(blank=True)
    dpo_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    dpo_at = models.DateTimeField(null=True, blank=True)
    differs_reason = models.TextField(blank=True)

    def __str__(self):
        return f"{self.set_qualification} {self.set_formality}"


class Evidence(models.Model):
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="evidence")
    code = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["track", "code"], name="one_piece_per_code"),
        ]

    def __str__(self):
        return self.code


class Convention(models.Model):
    class Kind(models.TextChoices):
        ACCESS = "access"
        CONSORTIUM = "consortium"
        JOINT_CONTROL = "joint_control"
        PROCESSING = "processing"
        INDUSTRIAL = "industrial"

    track = models.OneToOneField(
        Track, primary_key=True, on_delete=models.CASCADE, related_name="convention"
    )
    kind = models.CharField(max_length=16, choices=Kind)
    reference = models.CharField(max_length=80, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self):
        return f"{self.kind} {self.reference}"
