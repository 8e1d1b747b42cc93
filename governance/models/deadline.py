"""A row of ``Deadline`` is one clock that runs on a case: what is awaited, of whom, until when.

Opened and stopped by the engine in the transaction of the decision, or with the non-conformity of
which a delegate judges the closed access; never deleted, since measured delays are read from the
segments. ``paused_at`` is set while the holder answers a return; the
time lost moves ``due_at``. A row of ``Reminder`` says that a reminder left, once per kind.
"""

from django.db import models
from django.db.models import F, Q

from governance.models.case import Case, Track
from governance.models.nonconformity import NonConformity


class DeadlineQuerySet(models.QuerySet):
    def running(self):
        return self.filter(stopped_at__isnull=True)


class Deadline(models.Model):
    class With(models.TextChoices):
        US = "us"
        HOLDER = "holder"
        BODY = "body"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="deadlines")
    track = models.ForeignKey(
        Track, null=True, blank=True, on_delete=models.CASCADE, related_name="deadlines"
    )
    nonconformity = models.ForeignKey(
        NonConformity, null=True, blank=True, on_delete=models.CASCADE, related_name="deadlines"
    )
    subject = models.CharField(max_length=40)
    waits_for = models.CharField(max_length=24)
    with_whom = models.CharField(max_length=8, choices=With)
    kind = models.CharField(max_length=8)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    extended = models.PositiveSmallIntegerField(default=0)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        ordering = ["due_at"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(stopped_at__isnull=True),
                name="deadline_running_by_due",
            ),
            models.Index(fields=["subject", "stopped_at"], name="deadline_by_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="deadline_stops_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.subject} {self.due_at:%Y-%m-%d}"

    @property
    def place(self) -> str | None:
        """The establishment where who is awaited holds their role."""
        closed = self.nonconformity and self.nonconformity.establishment_id
        return closed or (self.track and self.track.establishment_id) or self.case.lead_id


class Reminder(models.Model):
    """``kind`` is ``before-N``, ``late``, ``late-stand-in`` or ``late-director``."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=24)
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["sent_at"]
        constraints = [
            models.UniqueConstraint(fields=["deadline", "kind"], name="one_reminder_per_kind"),
        ]

    def __str__(self):
        return self.kind
