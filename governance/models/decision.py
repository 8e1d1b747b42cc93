"""What was decided, on what it rests, and why: written once, never changed.

A row of ``Decision`` is one step taken. It holds codes, references and hashes only; the words are
in ``Reason``, which may be blanked (erasure) while the decision stays provable. ``FactsBlob`` holds
the very bytes that were judged, once per content. ``StepKey`` makes a step safe to repeat. A row of
``Record`` is what the world did (an answer received, a hearing held): accepted in any live state.

All are written by ``governance.process`` alone; triggers refuse update and delete of decisions and
facts, a negative decision without an article, a delegate's decision without a valid delegation.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from governance.models.case import Case, Track
from governance.models.delegation import Delegation

NEGATIVE_STEPS = (
    "agree_with_limits",
    "decline",
    "refuse",
    "drop",
    "report_undeliverable",
    "block",
    "confirm_suspension",
    "close_in_default",
    "revoke",
    "uphold",
    "reject",
)
DELEGATED_STEPS = (
    "agree",
    "agree_with_limits",
    "decline",
    "authorise",
    "refuse",
    "drop",
    "confirm_suspension",
    "resume",
    "close_in_default",
    "revoke",
    "uphold",
    "overturn",
    "accept",
    "reject",
)


class FactsBlob(models.Model):
    """Canonical bytes (RFC 8785) of facts that were judged, under their SHA-256."""

    sha256 = models.BinaryField(primary_key=True, max_length=32)
    bytes = models.BinaryField()

    def __str__(self):
        return bytes(self.sha256).hex()[:12]


class Decision(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    index = models.PositiveIntegerField()
    step = models.CharField(max_length=24)
    outcome = models.CharField(max_length=24, default="done")
    tone = models.CharField(max_length=8)
    from_state = models.CharField(max_length=24)
    to_state = models.CharField(max_length=24)
    track = models.ForeignKey(
        Track, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    track_from = models.CharField(max_length=24, default="", blank=True)
    track_to = models.CharField(max_length=24, default="", blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="decisions",
    )
    acting_as = models.CharField(max_length=24)
    delegation = models.ForeignKey(
        Delegation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="decisions",
    )
    at = models.DateTimeField()
    articles = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    charters = models.JSONField(default=dict)
    verdicts = models.JSONField(default=list)
    facts = models.ForeignKey(FactsBlob, on_delete=models.PROTECT, related_name="decisions")
    details = models.JSONField(default=dict)
    #: What each article saw (`governance.charters.alike`), of a decision that may be a precedent.
    likeness = ArrayField(models.CharField(max_length=25), default=list, blank=True)
    #: Leaves of the precedents it departs from; ``Reason.details["difference"]`` says why.
    departs_from = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        ordering = ["case", "index"]
        indexes = [
            models.Index(fields=["step", "at"], name="decision_by_step"),
            models.Index(fields=["-at"], name="decision_by_instant"),
            GinIndex(fields=["articles"], name="decision_by_article"),
            GinIndex(fields=["likeness"], name="decision_by_likeness"),
            models.Index(
                fields=["-at"], condition=~Q(departs_from=[]), name="decision_that_departs"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "index"], name="decisions_have_no_gap"),
            models.CheckConstraint(
                condition=(~Q(step__in=NEGATIVE_STEPS) & ~Q(tone="negative")) | ~Q(articles=[]),
                name="negative_decision_cites_an_article",
            ),
            models.CheckConstraint(
                condition=~Q(step__in=DELEGATED_STEPS) | Q(delegation__isnull=False),
                name="delegate_decides_under_delegation",
            ),
            models.CheckConstraint(
                condition=Q(tone__in=("positive", "negative", "neutral")),
                name="decision_tone",
            ),
        ]

    def __str__(self):
        return f"{self.case_id} #{self.index} {self.step}"


class Attestation(models.Model):
    """Where a decision stands in the public ledger."""

    decision = models.OneToOneField(
        Decision, primary_key=True, on_delete=models.PROTECT, related_name="attestation"
    )
    leaf_index = models.BigIntegerField(unique=True)

    def __str__(self):
        return f"{self.decision_id} @ {self.leaf_index}"


class Reason(models.Model):
    """The words of a decision, apart: blanked on erasure, so that the decision stays provable."""

    decision = models.OneToOneField(
        Decision, primary_key=True, on_delete=models.PROTECT, related_name="reason"
    )
    text = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return str(self.decision_id)


class StepKey(models.Model):
    """The key a caller gave to a step, inserted before all else: the second one waits for it."""

    key = models.CharField(primary_key=True, max_length=120)
    fingerprint = models.CharField(max_length=64)
    decision = models.OneToOneField(
        Decision, null=True, on_delete=models.PROTECT, related_name="key"
    )
    at = models.DateTimeField()

    def __str__(self):
        return self.key


class Record(models.Model):
    """What the world did: ``kind`` and codes in ``data``, words in ``text`` (may be blanked)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="records")
    track = models.ForeignKey(
        Track, null=True, blank=True, on_delete=models.CASCADE, related_name="records"
    )
    kind = models.CharField(max_length=32)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    data = models.JSONField(default=dict)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "kind"], name="record_by_kind")]

    def __str__(self):
        return f"{self.kind} ({self.case_id})"
