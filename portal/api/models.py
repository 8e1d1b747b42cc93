"""A row of ``FirstAnswer`` is what a POST with an ``Idempotency-Key`` answered.

Inserted before the operation, in its transaction: a twin waits for it. Nothing is kept of a call
that was refused. Written by ``portal.api.idempotency`` alone, removed after KEPT.
"""

from django.conf import settings
from django.db import models


class FirstAnswer(models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="one_first_answer_per_key"),
        ]
        indexes = [models.Index(fields=["at"], name="first_answer_by_age")]

    def __str__(self):
        return self.key
