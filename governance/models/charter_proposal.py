"""A version of a charter on its way: proposed, studied, put before a session, voted.

A row of ``CharterProposal`` is one text that somebody prepares; ``faults`` is what was wrong with
the text whose hash is ``examined_sha256`` (proofs included). A row of ``ImpactStudy`` is what one
text would have changed: judged in a worker, its result kept. A row of ``CharterVoice`` is a member
of the session who voted on it; what they said is there where votes are open, and where they are
secret in a ``CharterBallot`` that nothing links to them. Written by
``governance.domain.proposals``, ``charter_votes`` and ``adoptions``; a proposal adopted, rejected
or withdrawn never changes again, nor do its voices.
"""

import hashlib
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.models.adoption import Adoption
from governance.models.committee import Mandate, Session
from governance.models.establishment import Establishment


class CharterProposal(models.Model):
    class State(models.TextChoices):
        PREPARED = "prepared", _("En préparation")
        TABLED = "tabled", _("À l'ordre du jour")
        ADOPTED = "adopted", _("Adoptée")
        REJECTED = "rejected", _("Rejetée")
        WITHDRAWN = "withdrawn", _("Retirée")

    OPEN = (State.PREPARED, State.TABLED)

    charter = models.CharField(max_length=16)
    version = models.CharField(max_length=40)
    establishment = models.ForeignKey(
        Establishment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="charter_proposals",
    )
    text = models.TextField()
    why = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PREPARED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    changed_at = models.DateTimeField()
    examined_sha256 = models.CharField(max_length=64, blank=True)
    faults = models.JSONField(default=list)
    session = models.ForeignKey(
        Session, null=True, blank=True, on_delete=models.PROTECT, related_name="charter_proposals"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    adoption = models.OneToOneField(
        Adoption, null=True, blank=True, on_delete=models.PROTECT, related_name="proposal"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="adopted") | Q(adoption__isnull=False),
                name="adopted_proposal_has_its_adoption",
            ),
            models.CheckConstraint(
                condition=~Q(state="tabled") | Q(session__isnull=False),
                name="tabled_proposal_has_its_session",
            ),
        ]

    def __str__(self):
        return f"{self.charter}/{self.version} ({self.state})"

    @property
    def sha256(self) -> str:
        """The hash of the text as it stands."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def open(self) -> bool:
        """Whether it can still change."""
        return self.state in self.OPEN

    @property
    def examined(self) -> bool:
        """Whether the proofs were made on the text as it stands."""
        return self.examined_sha256 == self.sha256

    @property
    def sound(self) -> bool:
        """Whether the text as it stands was examined and nothing was found."""
        return self.examined and not self.faults


class ImpactStudy(models.Model):
    proposal = models.ForeignKey(CharterProposal, on_delete=models.CASCADE, related_name="studies")
    text_sha256 = models.CharField(max_length=64)
    last = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"],
                condition=Q(finished_at__isnull=True),
                name="one_study_at_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.proposal_id} {self.done}/{self.total}"


class CharterVoice(models.Model):
    """``choice`` is empty where the votes of the body are secret."""

    class Choice(models.TextChoices):
        FOR = "for", _("Pour")
        AGAINST = "against", _("Contre")
        ABSTAIN = "abstain", _("Abstention")

    proposal = models.ForeignKey(CharterProposal, on_delete=models.PROTECT, related_name="voices")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=8, choices=Choice, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "mandate"], name="one_voice_each_on_a_version"
            ),
        ]

    def __str__(self):
        return f"{self.mandate_id} on {self.proposal_id}"


class CharterBallot(models.Model):
    """A ballot in the box of a version: no voter, no instant, a random key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    proposal = models.ForeignKey(CharterProposal, on_delete=models.PROTECT, related_name="ballots")
    choice = models.CharField(max_length=8, choices=CharterVoice.Choice)

    def __str__(self):
        return self.choice
