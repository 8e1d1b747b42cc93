"""The minutes of a session.

``Minutes`` is one version of them: drafted by the portal, with the secretary's remarks, submitted,
approved. ``account`` is what happened, in codes, names and dates, taken from the session's own rows
when they are submitted; the words people wrote (motives, reservations, findings) are read where
they stand. An approved version never changes: a trigger refuses it; a correction is the next
version, with its reason. ``MinutesPaper`` is its PDF, rendered once by a worker; its hash is a leaf
of the register. Written by ``governance.domain.minutes``; never removed.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.models.committee import Session
from governance.models.stored_file import StoredFile


class Minutes(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        APPROVED = "approved"

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    account = models.JSONField(default=dict)
    remarks = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    returned = models.TextField(blank=True)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_in = models.ForeignKey(
        Session, null=True, blank=True, on_delete=models.PROTECT, related_name="approved_minutes"
    )

    class Meta:
        ordering = ["session", "version"]
        constraints = [
            models.UniqueConstraint(fields=["session", "version"], name="minutes_version_once"),
            models.UniqueConstraint(
                fields=["session"],
                condition=~Q(state="approved"),
                name="one_version_of_minutes_at_work",
            ),
            models.CheckConstraint(
                condition=Q(version=1, reason="") | Q(version__gt=1) & ~Q(reason=""),
                name="minutes_corrected_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", submitted_at__isnull=True, submitted_by__isnull=True)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False)
                & ~Q(state="draft")
                & ~Q(account={}),
                name="submitted_minutes_hold_their_account",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", approved_at__isnull=False, approved_by__isnull=False)
                | Q(approved_at=None, approved_by=None, approved_in=None) & ~Q(state="approved"),
                name="approved_minutes_say_by_whom",
            ),
        ]

    def __str__(self):
        return f"{self.session_id} v{self.version}"


class MinutesPaper(models.Model):
    """The PDF of approved minutes; append-only."""

    minutes = models.OneToOneField(Minutes, on_delete=models.PROTECT, related_name="paper")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="minutes_paper")
    template_version = models.PositiveSmallIntegerField()
    leaf_index = models.BigIntegerField(unique=True)
    rendered_at = models.DateTimeField()

    def __str__(self):
        return str(self.minutes_id)
