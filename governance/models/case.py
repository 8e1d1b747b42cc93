"""A case and the tracks that run beside it: where something that passes the counter stands.

A row of ``Case`` is one thing being processed (a request, an amendment). Only
``governance.process.engine.take_step`` changes its state, and a trigger refuses any change that
no decision names. A row of ``Track`` is one line that runs inside it: an establishment asked, a
formality, a convention, the committee's opinion, an appeal. Neither is ever deleted, but for the
case of a draft, which its holder may erase.
"""

import hashlib
import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from governance.models.establishment import Establishment


class Case(models.Model):
    """``followed``: somebody of the CDC was given the case, and it has been somebody's since."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    process = models.CharField(max_length=20)
    state = models.CharField(max_length=24)
    origins = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    revision = models.PositiveIntegerField(default=0)
    lead = models.ForeignKey(
        Establishment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cases_led",
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    charters = models.JSONField(default=dict)
    number = models.CharField(max_length=12, null=True, blank=True, unique=True)
    opened_at = models.DateTimeField()
    state_since = models.DateTimeField()
    followed = models.BooleanField(default=False)
    last_decision = models.ForeignKey(
        "governance.Decision",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        indexes = [
            models.Index(fields=["process", "state", "-state_since"], name="case_by_state"),
            # What *Mon travail* asks of all cases is answered from the index alone.
            models.Index(
                fields=["lead", "state"],
                include=["id", "process", "number", "state_since"],
                name="case_at_work",
            ),
            models.Index(
                fields=["lead", "state"], condition=Q(followed=False), name="case_not_followed"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(revision=0, last_decision__isnull=True)
                | Q(revision__gt=0, last_decision__isnull=False),
                name="case_revision_has_its_decision",
            ),
        ]

    def __str__(self):
        return f"{self.process} {self.number or self.id}"

    @property
    def digest(self) -> str:
        """What the leaves of the register call the case, which may have no number yet: SHA-256 of
        its identifier, in hexadecimal."""
        return hashlib.sha256(self.id.bytes).hexdigest()


class Track(models.Model):
    """``key`` tells tracks of a kind apart: an establishment's slug, a formality's code…"""

    HELD = ("delivered", "opened")
    """The statuses of an establishment whose data the team holds, or is about to."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tracks")
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=60, default="", blank=True)
    establishment = models.ForeignKey(
        Establishment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tracks",
    )
    status = models.CharField(max_length=24)
    status_since = models.DateTimeField()
    decision = models.ForeignKey(
        "governance.Decision",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["establishment", "kind", "status"],
                include=["id", "case", "status_since"],
                name="track_at_site",
            ),
            models.Index(
                fields=["kind", "status"],
                include=["id", "case", "establishment", "status_since"],
                name="track_at_work",
            ),
            models.Index(
                fields=["case"], condition=Q(kind="appeal", status="open"), name="track_open_appeal"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "key"], name="one_track_per_key"),
            models.CheckConstraint(
                condition=~Q(kind="site") | Q(establishment__isnull=False),
                name="site_track_names_its_establishment",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.key}: {self.status}"


class ParticipationQuerySet(models.QuerySet):
    def valid(self, at):
        return self.filter(since__lte=at).filter(Q(until__isnull=True) | Q(until__gt=at))


class Participation(models.Model):
    """A person takes part in a case, in a part, for a time. These rows are the truth of a team.

    Written by the team's domain functions, never deleted: leaving stamps ``until``.
    """

    class Part(models.TextChoices):
        HOLDER = "holder"
        WRITER = "writer"
        MEMBER = "member"
        REFERENT = "referent"
        DIRECTOR = "director"
        EXPERT = "expert"
        REVIEWER = "reviewer"

    TEAM = (Part.HOLDER, Part.WRITER, Part.MEMBER, Part.REFERENT, Part.DIRECTOR)
    """The parts whose interest is the request's: they never review it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="participations")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="participations",
    )
    part = models.CharField(max_length=10, choices=Part)
    role = models.CharField(max_length=24, default="", blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["person", "part"], name="participation_by_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(part="holder", until__isnull=True),
                name="one_holder_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["case", "person", "part"],
                condition=Q(until__isnull=True),
                name="one_open_participation_per_part",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="participation_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.part}"


class Conflict(models.Model):
    """A person declared, or was found to have, a conflict of interest with a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="conflicts")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conflicts"
    )
    ground = models.CharField(max_length=24)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "person"], name="one_conflict_per_case"),
        ]

    def __str__(self):
        return f"{self.person_id} / {self.case_id}"
