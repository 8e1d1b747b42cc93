"""What is said around a request: ideas before it, points returned, messages, papers, invitations.

``Idea`` comes before any request. ``Point`` is one thing a return asks, on a field, a document or
an article. ``Message`` is a word between team and CDC, or an internal note apart. ``Attachment`` is
a paper of the request in its slot. ``Invitation`` asks a person to join a team. Each is written by
the domain module of its name; words may be blanked on erasure.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.models.decision import Decision
from governance.models.establishment import Establishment
from governance.models.stored_file import StoredFile
from projects.models.request import Request


class Idea(models.Model):
    class State(models.TextChoices):
        SENT = "sent"
        ANSWERED = "answered"
        BECAME = "became"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ideas"
    )
    establishment = models.ForeignKey(Establishment, on_delete=models.PROTECT, related_name="ideas")
    title = models.CharField(max_length=160)
    question = models.TextField(max_length=1500)
    wanted_by = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    meeting_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    request = models.OneToOneField(
        Request, null=True, blank=True, on_delete=models.SET_NULL, related_name="idea"
    )

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", answered_at__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False)
                | Q(state="became"),
                name="idea_answered_has_its_answer",
            ),
        ]

    def __str__(self):
        return self.title


class Point(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        SETTLED = "settled"

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="points")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="points")
    section = models.CharField(max_length=16)
    field = models.CharField(max_length=40, blank=True)
    article = models.CharField(max_length=8, blank=True)
    text = models.TextField()
    why_not_before = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return f"{self.section}: {self.text[:40]}"


class Message(models.Model):
    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages"
    )
    at = models.DateTimeField()
    section = models.CharField(max_length=16, blank=True)
    text = models.TextField(max_length=5000)
    internal = models.BooleanField(default=False)
    question = models.BooleanField(default=False)

    class Meta:
        ordering = ["at"]

    def __str__(self):
        return f"{self.request_id} {self.at:%Y-%m-%d}"


class Attachment(models.Model):
    class Slot(models.TextChoices):
        PROTOCOL = "protocol"
        STATISTICAL_PLAN = "statistical_plan"
        NOTICE = "notice"
        AIPD = "aipd"
        OTHER = "other"

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="attachments")
    slot = models.CharField(max_length=20, choices=Slot)
    version = models.CharField(max_length=40, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="attachments")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-added_at"]

    def __str__(self):
        return f"{self.slot} {self.version}"


class Invitation(models.Model):
    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    part = models.CharField(max_length=10)
    token_sha256 = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "email", "part"],
                condition=Q(accepted_at__isnull=True),
                name="one_open_invitation_per_part",
            ),
        ]

    def __str__(self):
        return f"{self.email} {self.part}"


class Handler(models.Model):
    """Who holds the request on the CDC's side: one person at a time, from the deposit on."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="handlers")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handled"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(until__isnull=True), name="one_handler_at_a_time"
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.request_id}"
