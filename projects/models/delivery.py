"""From the extraction to what is published: one row a site, a member's access, a result.

``Extraction`` follows the order given to one establishment; the manifest it returns is kept, its
hash is in the ledger. ``MemberAccess`` opens and cuts the access of one member. ``Certificate``
says that a space was closed or destroyed, a dataset sealed or destroyed: by a person, or by the
site's program, whose signed statements are then kept (``statement``). ``Result`` is a publication,
a patent, a software…; ``PlainResults`` the words for citizens. ``Amendment`` is a change asked
later.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from governance.models.case import Case, Participation, Track
from projects.models.request import Request


class Extraction(models.Model):
    class State(models.TextChoices):
        ORDERED = "ordered"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        REFUSED = "refused"
        CANCELLED = "cancelled"

    WITHOUT_COPY = (State.FAILED, State.REFUSED, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="extractions")
    order = models.OneToOneField(
        "catalog.SiteOrder", on_delete=models.PROTECT, related_name="extraction"
    )
    state = models.CharField(max_length=10, choices=State, default=State.ORDERED)
    progress = models.JSONField(default=dict)
    manifest = models.JSONField(null=True, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    manifest_leaf = models.BigIntegerField(null=True, blank=True)
    message = models.CharField(max_length=400, blank=True)
    launched_at = models.DateTimeField()
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-launched_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["track"],
                condition=Q(state__in=("ordered", "running")),
                name="one_extraction_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(manifest_sha256=""),
                name="extraction_done_has_its_manifest",
            ),
        ]

    def __str__(self):
        return f"{self.track_id} {self.state}"


class MemberAccess(models.Model):
    participation = models.ForeignKey(
        Participation, on_delete=models.CASCADE, related_name="accesses"
    )
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="accesses")
    opened_at = models.DateTimeField()
    cut_at = models.DateTimeField(null=True, blank=True)
    cut_because = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participation", "track"],
                condition=Q(cut_at__isnull=True),
                name="one_open_access_per_member_and_site",
            ),
        ]

    def __str__(self):
        return f"{self.participation_id} {self.track_id}"


class AccessPeriod(models.Model):
    """The months granted at the authorisation, and whether it allows that a person be recognised
    from one hospital to another; the dates begin at the first opening."""

    request = models.OneToOneField(
        Request, primary_key=True, on_delete=models.CASCADE, related_name="access_period"
    )
    months = models.PositiveSmallIntegerField()
    site_by_site = models.BooleanField(default=False)
    linkage = models.BooleanField(default=False)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="access_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return f"{self.months} months"


class Certificate(models.Model):
    class Kind(models.TextChoices):
        SPACE_CLOSED = "space_closed"
        COPIES_DESTROYED = "copies_destroyed"
        DATASET_SEALED = "dataset_sealed"
        DATASET_DESTROYED = "dataset_destroyed"
        SPACE_DESTROYED = "space_destroyed"

    OF_SPACE = (
        Kind.SPACE_CLOSED,
        Kind.SPACE_DESTROYED,
        Kind.COPIES_DESTROYED,
        Kind.DATASET_SEALED,
    )
    """What a space that serves again makes untrue."""

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reference = models.CharField(max_length=80, blank=True)
    statement = models.JSONField(null=True, blank=True)
    leaf_index = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["track", "kind"], name="one_certificate_per_kind"),
        ]

    def __str__(self):
        return f"{self.kind} {self.track_id}"


class Result(models.Model):
    class Kind(models.TextChoices):
        PUBLICATION = "publication"
        PATENT = "patent"
        SOFTWARE = "software"
        DATASET = "dataset"
        COMMUNICATION = "communication"
        THESIS = "thesis"

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="results")
    kind = models.CharField(max_length=14, choices=Kind)
    title = models.CharField(max_length=400)
    authors = models.TextField(blank=True)
    doi = models.CharField(max_length=200, blank=True)
    url = models.URLField(max_length=400, blank=True)
    swhid = models.CharField(max_length=120, blank=True)
    licence = models.CharField(max_length=60, blank=True)
    published_on = models.DateField(null=True, blank=True)
    deposited_on = models.DateField(null=True, blank=True)
    deferred_until = models.DateField(null=True, blank=True)
    cites_establishments = models.BooleanField(default=False)
    cites_number = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "doi"], condition=~Q(doi=""), name="doi_once_per_request"
            ),
        ]

    def __str__(self):
        return self.title

    def before(self, period: AccessPeriod | None) -> bool:
        """Whether all its dates come before the first opening: no result of that access."""
        dates = [day for day in (self.published_on, self.deposited_on) if day]
        return bool(period and period.starts_on and dates) and max(dates) < period.starts_on


class PlainResults(models.Model):
    request = models.OneToOneField(
        Request, primary_key=True, on_delete=models.CASCADE, related_name="plain_results"
    )
    text = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return str(self.request_id)


class Amendment(models.Model):
    """The small table of a child case: what would change, applied to the parent when accepted."""

    class Kind(models.TextChoices):
        PERIOD = "period"
        MEMBER = "member"
        HOLDER = "holder"
        SITE = "site"
        LINKAGE = "linkage"

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="amendment"
    )
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="amendments")
    kind = models.CharField(max_length=10, choices=Kind)
    change = models.JSONField(default=dict)
    reason = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-proposed_at"]

    def __str__(self):
        return f"{self.kind} {self.request_id}"
