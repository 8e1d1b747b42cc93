"""What a session's members receive: their convocation, its papers, a calendar.

``Convocation`` calls one member to one session, and keeps what they answered. ``SessionDocument``
is a file given to those who sit. ``SessionFeed`` is the secret address of a person's calendar of
sessions, of which only the hash is kept. Written by ``governance.domain.convocations``,
``session_documents`` and ``session_feeds``.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from governance.models.committee import Item, Mandate, Session
from governance.models.stored_file import StoredFile


class Convocation(models.Model):
    """A member called to a session. ``told`` is the place of the session's day and place among
    those it had (``Session.moves``): another one calls the member again."""

    class Answer(models.TextChoices):
        IN_PERSON = "in_person"
        REMOTE = "remote"
        EXCUSED = "excused"

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="convocations")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="convocations")
    told = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "mandate"], name="one_convocation_each"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="convocation_answered_at_an_instant",
            ),
        ]

    def __str__(self):
        return f"{self.mandate_id} → {self.session_id}"


class SessionDocument(models.Model):
    """A file given to the members for a session, or for one item of its agenda (not to those who
    leave for it). An item put off takes its papers to the next session: two rows then name one
    file. Withdrawn from the last one, its bytes are erased and the row stays."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="documents")
    item = models.ForeignKey(
        Item, null=True, blank=True, on_delete=models.CASCADE, related_name="documents"
    )
    title = models.CharField(max_length=160)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="session_documents")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.title

    @property
    def kept_elsewhere(self) -> bool:
        """Whether another session keeps the same file."""
        others = self.file.session_documents.exclude(pk=self.pk)
        return others.filter(withdrawn_at__isnull=True).exists()


class SessionFeed(models.Model):
    """The calendar of sessions of one person, under a secret address."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="session_feed"
    )
    secret_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self):
        return str(self.person_id)
