"""Incidents: what touched the security of data, whom it concerns, what was said of it and to whom.

Written by ``governance.domain.incidents``; never deleted, so that a number is never given twice.
What changes while one learns (severity, persons, risk) is on the row, and each change is audited
and in the register; what was done (``IncidentMeasure``) is only ever added.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.case import Case
from governance.models.establishment import Establishment


class IncidentQuerySet(models.QuerySet):
    def published(self):
        """Those that everyone reads."""
        return self.filter(published_at__isnull=False)

    def open(self):
        """Those that are not closed."""
        return self.filter(closed_at__isnull=True)


class Incident(models.Model):
    """One row is one incident. ``declared_by`` is None when the portal found it itself; ``origin``
    is what declared it, once: a form sent, or what the portal saw."""

    class Severity(models.TextChoices):
        MINOR = "minor", _("mineure")
        SERIOUS = "serious", _("sérieuse")
        MAJOR = "major", _("majeure")

    class Persons(models.TextChoices):
        """How many persons, in bands: never a small count."""

        UNKNOWN = "unknown", _("pas encore connu")
        NONE = "none", _("aucune personne")
        UNDER = "under", _("moins de 11 personnes")
        FROM_11 = "from_11", _("de 11 à 100 personnes")
        FROM_101 = "from_101", _("de 101 à 1 000 personnes")
        MORE = "more", _("plus de 1 000 personnes")

    number = models.CharField(max_length=16, unique=True)
    origin = models.CharField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    what = models.TextField()
    found_at = models.DateTimeField()
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    severity = models.CharField(max_length=8, choices=Severity)
    persons = models.CharField(max_length=8, choices=Persons, default=Persons.UNKNOWN)
    high_risk = models.BooleanField(null=True)
    categories = models.TextField(blank=True)
    consequences = models.TextField(blank=True)
    cases = models.ManyToManyField(Case, related_name="incidents", blank=True)
    told_on = models.DateField(null=True, blank=True)
    told_how = models.TextField(blank=True)
    deferred_until = models.DateField(null=True, blank=True)
    deferred_reason = models.TextField(blank=True)
    deferred_at = models.DateTimeField(null=True, blank=True)
    public_title = models.CharField(max_length=120, blank=True)
    summary = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(declared_at__gte=F("found_at")), name="incident_found_then_declared"
            ),
            models.CheckConstraint(
                condition=Q(told_on__isnull=True, told_how="")
                | (Q(told_on__isnull=False) & ~Q(told_how="")),
                name="incident_told_says_how",
            ),
            models.CheckConstraint(
                condition=Q(deferred_until__isnull=True, deferred_reason="", deferred_at=None)
                | (Q(deferred_until__isnull=False, deferred_at__isnull=False))
                & ~Q(deferred_reason=""),
                name="incident_deferred_says_why",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | ~(Q(summary="") | Q(public_title="")),
                name="published_incident_has_its_summary",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(published_at__lte=F("closed_at")),
                name="closed_incident_was_published",
            ),
        ]
        indexes = [
            models.Index(
                fields=["found_at"], condition=Q(closed_at__isnull=True), name="incident_open"
            ),
        ]

    def __str__(self):
        return self.number


class IncidentSite(models.Model):
    """One row is one establishment concerned: a controller, which notifies the CNIL within the
    hours of the charter, or writes why it need not (no risk for persons: RGPD 33.1). It may notify
    after all. ``last_notice`` is the last reminder that left."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="sites")
    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="incidents"
    )
    notified_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    late_reason = models.TextField(blank=True)
    not_required_reason = models.TextField(blank=True)
    last_notice = models.CharField(max_length=12, blank=True)
    said_at = models.DateTimeField(null=True, blank=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["establishment__position", "establishment"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "establishment"], name="one_site_an_incident"
            ),
            models.CheckConstraint(
                condition=Q(notified_at__isnull=True, reference="")
                | (Q(notified_at__isnull=False) & ~Q(reference="")),
                name="incident_notified_under_a_reference",
            ),
        ]

    def __str__(self):
        return f"{self.incident_id} {self.establishment_id}"


class IncidentMeasure(models.Model):
    """One row is one measure that was taken, on a day. Append-only: a trigger refuses the rest."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="measures")
    on = models.DateField()
    text = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["on", "pk"]

    def __str__(self):
        return f"{self.incident_id} {self.on}"
