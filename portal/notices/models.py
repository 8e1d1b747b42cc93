"""A row of ``Notice`` is one thing told to one person, once a cause. Written by
``portal.notices.delivery`` from what the layer below hands on; it holds a key and values, never
prose: the sentence is said in the reader's language, the words are read where they stand. Removed
a year after it was made.

A row of ``Digest`` says that a person's summary of a day left. Removed with the notices.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from projects.models import Request


class NoticeQuerySet(models.QuerySet):
    def unread(self):
        return self.filter(read_at__isnull=True)

    def for_digest(self):
        """Those that wait for the next summary."""
        return self.filter(way=Notice.Way.DIGEST, mailed_at__isnull=True)


class Notice(models.Model):
    class Way(models.TextChoices):
        """How it is sent beside the portal."""

        NOW = "now"
        DIGEST = "digest"
        NONE = "none"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    cause = models.CharField(max_length=80)
    request = models.ForeignKey(
        Request, null=True, blank=True, on_delete=models.CASCADE, related_name="notices"
    )
    key = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    address = models.CharField(max_length=300)
    asked = models.BooleanField(default=False)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    way = models.CharField(max_length=8, choices=Way)
    mailed_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "cause"], name="told_once_of_a_cause"),
            models.CheckConstraint(
                condition=Q(mailed_at__isnull=True) | Q(refused_at__isnull=True),
                name="notice_mailed_or_refused",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person"], condition=Q(read_at__isnull=True), name="notice_unread"
            ),
            models.Index(fields=["person", "-at"], name="notice_by_person"),
        ]

    def __str__(self):
        return f"{self.cause} {self.key}"


class Digest(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests"
    )
    day = models.DateField()
    kind = models.CharField(max_length=8)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "day", "kind"], name="one_digest_a_day"),
        ]

    def __str__(self):
        return f"{self.kind} {self.day}"
