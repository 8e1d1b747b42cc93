"""A row of ``Message`` is something to be done after the transaction that wrote it: a notice to
send, a document to render, an order to hand to a site. Written by ``governance.outbox.enqueue``,
stamped by the worker that did it. Kept 90 days once done.

A row of ``Sweep`` says when a periodic task last ran to its end: a missed night is seen and
caught up.
"""

from django.db import models
from django.db.models import Q


class Message(models.Model):
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(done_at__isnull=True, failed_at__isnull=True),
                name="outbox_waiting",
            )
        ]

    def __str__(self):
        return f"{self.kind} #{self.pk}"


class Sweep(models.Model):
    name = models.CharField(primary_key=True, max_length=40)
    last_run_at = models.DateTimeField()

    def __str__(self):
        return self.name
