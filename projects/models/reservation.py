"""What a favourable opinion asks to be lifted: one row a reservation, one an answer to it.

``Reservation`` is a sentence of the opinion, with who asked it and the articles it rests on.
``ReservationAnswer`` is what the holder did for it, with the paper of the dossier that shows it,
and what the person who checks found, with why. Written by ``projects.domain.reservations``, which
blanks their words when those of the opinion are erased.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from governance.models.decision import Decision
from projects.models.exchange import Attachment
from projects.models.request import Request


class Reservation(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        LIFTED = "lifted"

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="reservations")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="reservations")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=1000)
    articles = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)

    class Meta:
        ordering = ["decision", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "number"], name="reservations_of_an_opinion_are_numbered"
            ),
        ]

    def __str__(self):
        return f"{self.number}. {self.text[:40]}"


class ReservationAnswer(models.Model):
    """``accepted`` is None until somebody checked."""

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="answers")
    text = models.TextField(max_length=4000)
    paper = models.ForeignKey(
        Attachment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    accepted = models.BooleanField(null=True, blank=True)
    reason = models.TextField(max_length=2000, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reservation"],
                condition=Q(accepted__isnull=True),
                name="one_answer_to_check_per_reservation",
            ),
            models.CheckConstraint(
                condition=Q(accepted__isnull=True, checked_by__isnull=True, checked_at__isnull=True)
                | Q(accepted__isnull=False, checked_by__isnull=False, checked_at__isnull=False)
                & (~Q(reason="") | Q(text="")),
                name="answer_checked_with_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.reservation_id} {self.at:%Y-%m-%d}"
