"""Committees: who sits, when they meet, what they look at, how they vote.

``Body`` is a committee of an establishment or of the network, or the jury of a call, with its rules
(quorum, seats that must be there, members from afar, secret votes) and the standing delegation by
which it lets its chair give some opinions alone (`chair_alone_…`); ``Mandate`` a seat held by a
person for a time; ``Session`` a meeting; ``Item`` a case on its agenda, with its rapporteur;
``Attendance`` who was there, from when to when, in the room or from afar; ``Declaration`` what
interest each said they have in an item, and how they answered the ties that the portal found;
``Vote`` one voice on it. A secret vote is two tables that nothing links: ``SecretVoter`` says who
voted, ``SecretBallot`` what was said. ``Grid`` holds a rapporteur's findings on the articles that
are judgements.
Written by ``governance.domain.committees``; past sessions never change.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from governance.models.case import Case
from governance.models.establishment import Establishment


class Seat(models.TextChoices):
    """What a member brings to a committee."""

    SCIENCE = "science"
    ETHICS = "ethics"
    LAW = "law"
    METHOD = "method"
    CARE = "care"
    PATIENTS = "patients"


def always_required() -> list[str]:
    """The seats without which no committee gives an opinion (C-05)."""
    return [Seat.PATIENTS.value]


class Body(models.Model):
    """``call`` names the call whose requests a jury looks at; ``rules_act`` is the reference of the
    deliberation that set the rules."""

    class Kind(models.TextChoices):
        ESTABLISHMENT = "establishment"
        NETWORK = "network"
        JURY = "jury"

    slug = models.SlugField(primary_key=True, max_length=60)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.NETWORK)
    call = models.CharField(max_length=160, blank=True)
    establishment = models.ForeignKey(
        Establishment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="committees",
    )
    quorum = models.PositiveSmallIntegerField(default=4)
    required_seats = ArrayField(
        models.CharField(max_length=10, choices=Seat), default=always_required
    )
    remote_counts = models.BooleanField(default=True)
    secret_votes = models.BooleanField(default=False)
    rules_act = models.CharField(max_length=80, blank=True)
    chair_alone_since = models.DateField(null=True, blank=True)
    chair_alone_until = models.DateField(null=True, blank=True)
    chair_alone_act = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quorum__gte=1), name="quorum_of_one_at_least"),
            models.CheckConstraint(
                condition=Q(required_seats__contains=["patients"]),
                name="patients_sit_on_every_opinion",
            ),
            models.CheckConstraint(
                condition=Q(kind="establishment", establishment__isnull=False, call="")
                | Q(kind="network", establishment__isnull=True, call="")
                | Q(kind="jury") & ~Q(call=""),
                name="body_is_of_its_kind",
            ),
            models.UniqueConstraint(
                fields=["establishment"],
                condition=Q(kind="establishment"),
                name="one_committee_per_establishment",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="network"), name="one_committee_of_the_network"
            ),
            models.CheckConstraint(
                condition=Q(
                    chair_alone_since__isnull=True,
                    chair_alone_until__isnull=True,
                    chair_alone_act="",
                )
                | Q(chair_alone_until__gte=F("chair_alone_since")) & ~Q(chair_alone_act=""),
                name="standing_delegation_of_the_chair_is_whole",
            ),
        ]

    def __str__(self):
        return self.name


class Mandate(models.Model):
    """``act`` is the reference of the decision that named the member. With ``stands_in_for``, they
    sit in the seat of another member of the body, the titular, when that one does not."""

    Seat = Seat

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="mandates")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mandates"
    )
    seat = models.CharField(max_length=10, choices=Seat)
    chair = models.BooleanField(default=False)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    act = models.CharField(max_length=80, blank=True)
    stands_in_for = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="stand_ins"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="mandate_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(stands_in_for__isnull=True)
                | Q(chair=False) & ~Q(stands_in_for=F("id")),
                name="stand_in_of_another_and_never_chair",
            ),
            models.UniqueConstraint(
                fields=["body", "person"],
                condition=Q(until__isnull=True),
                name="one_open_mandate_per_body",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} @ {self.body_id}"


class Session(models.Model):
    """``moves`` counts how many times its day, hour or place changed after it was called."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField()
    closes_for_deposit_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    moves = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_for_deposit_at__lte=F("starts_at")),
                name="session_deposit_closes_before_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False),
                name="session_closed_was_opened",
            ),
        ]

    def __str__(self):
        return f"{self.body_id} {self.starts_at:%Y-%m-%d}"


class Item(models.Model):
    """``secret``: its vote is; said for every item of a body whose votes are, when the session
    opens."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    rapporteur = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    delegated = models.BooleanField(default=False)
    secret = models.BooleanField(default=False)
    vote_closed_at = models.DateTimeField(null=True, blank=True)
    decision = models.ForeignKey(
        "governance.Decision",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="items",
    )

    class Meta:
        ordering = ["session", "position"]
        constraints = [
            models.UniqueConstraint(fields=["session", "case"], name="case_once_per_session"),
        ]

    def __str__(self):
        return f"{self.session_id}.{self.position}"


class Attendance(models.Model):
    """One stay: a member who leaves and comes back has two."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="attendances")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="attendances")
    remote = models.BooleanField(default=False)
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "mandate"],
                condition=Q(left_at__isnull=True),
                name="one_attendance_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("arrived_at")),
                name="attendance_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.mandate_id} @ {self.session_id}"


class Declaration(models.Model):
    """What a member says of their interests before an item. Any ground but ``none`` makes them
    leave for it: they do not count in its quorum, and do not vote on it.

    ``found`` are the kinds of tie that the portal found when it was said; ``explanation`` why none
    of them is an interest. ``by_portal``: nobody said it, the member is of the request's team."""

    class Ground(models.TextChoices):
        NONE = "none"
        TEAM = "team"
        SERVICE = "service"
        CO_SIGNATORY = "co_signatory"
        FUNDING = "funding"
        OTHER = "other"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="declarations")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="declarations")
    ground = models.CharField(max_length=14, choices=Ground)
    found = ArrayField(models.CharField(max_length=14), default=list, blank=True)
    explanation = models.TextField(blank=True)
    by_portal = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "mandate"], name="one_declaration_each"),
        ]

    def __str__(self):
        return f"{self.mandate_id} {self.ground} {self.item_id}"


class Vote(models.Model):
    class Choice(models.TextChoices):
        FAVOURABLE = "favourable"
        RESERVED = "reserved"
        DEFERRED = "deferred"
        UNFAVOURABLE = "unfavourable"
        ABSTAIN = "abstain"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="votes")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=12, choices=Choice)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "mandate"], name="one_vote_each"),
        ]

    def __str__(self):
        return self.choice


class SecretVoter(models.Model):
    """This member put a ballot in the box. Nothing says which."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="secret_voters")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="secret_voters")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "mandate"], name="one_ballot_each"),
        ]

    def __str__(self):
        return f"{self.mandate_id} in {self.item_id}"


class SecretBallot(models.Model):
    """A ballot in the box of an item: no voter, no instant, a random key. All the ballots of the
    item are written anew, shuffled, each time one is added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="secret_ballots")
    choice = models.CharField(max_length=12, choices=Vote.Choice)

    def __str__(self):
        return self.choice


class Grid(models.Model):
    """A finding on an article that is a judgement (U-15, U-16), with its reasons."""

    class Finding(models.TextChoices):
        SOUND = "sound"
        WITH_RESERVATIONS = "with_reservations"
        UNSOUND = "unsound"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="grids")
    clause = models.CharField(max_length=8)
    finding = models.CharField(max_length=20, choices=Finding)
    reasons = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "clause"], name="one_finding_per_clause"),
        ]

    def __str__(self):
        return f"{self.clause} {self.finding}"
