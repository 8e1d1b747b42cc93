"""The working space of a request at one establishment, and who came in.

``Space`` is what was last ordered of it (``order``, under the number ``turn``, which only grows)
and how it stands as its site last said; ``problem`` is what the site said of an order that failed,
``destroy_at`` when a person ordered its destruction; ``log_*`` how the site's own log ended when it
was last told of. ``SpaceVisit`` is how many times a member came in on one day, and when last, as
the site's signed reports count them; never what they read. Both are written by
``projects.domain.spaces``; visits go after a year.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import SiteOrder
from governance.models.case import Track


class SpaceQuerySet(models.QuerySet):
    def destroying(self):
        """Those whose destruction is ordered, and awaited (`Space.destroying`)."""
        asked = self.filter(destroy_at__isnull=False, problem="")
        return asked.exclude(state=Space.State.DESTROYED)


class Space(models.Model):
    class State(models.TextChoices):
        ASKED = "asked"
        OPEN = "open"
        CUT = "cut"
        DESTROYED = "destroyed"

    track = models.OneToOneField(
        Track, primary_key=True, on_delete=models.PROTECT, related_name="space"
    )
    turn = models.PositiveIntegerField(default=0)
    order = models.ForeignKey(
        SiteOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    because = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    provider = models.CharField(max_length=120, blank=True)
    problem = models.CharField(max_length=400, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    destroy_at = models.DateTimeField(null=True, blank=True)
    destroy_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    log_lines = models.PositiveIntegerField(default=0)
    log_head = models.CharField(max_length=64, blank=True)
    log_shortened_at = models.DateTimeField(null=True, blank=True)

    objects = SpaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="asked") | Q(since__isnull=False),
                name="a_space_that_stands_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(destroy_at__isnull=True, destroy_by__isnull=True)
                | Q(destroy_at__isnull=False, destroy_by__isnull=False),
                name="who_has_a_space_destroyed_is_named",
            ),
        ]

    def __str__(self):
        return f"{self.track_id} {self.state}"

    @property
    def destroying(self) -> bool:
        """Whether its destruction is ordered, and awaited: it did not fail."""
        asked = self.destroy_at is not None and not self.problem
        return asked and self.state != Space.State.DESTROYED


class SpaceVisit(models.Model):
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="visits")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="space_visits"
    )
    day = models.DateField()
    times = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["space", "person", "day"], name="visits_of_a_day_are_counted_once"
            ),
        ]

    def __str__(self):
        return f"{self.space_id} {self.person_id} {self.day}"
