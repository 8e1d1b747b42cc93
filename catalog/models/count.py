"""Feasibility counts: what was asked, of which sites, and the masked figure that came back.

``SavedCohort`` is a person's cohort under a title, shared or not with a request's team; each change
of its definition is a new ``CohortVersion``. ``CountRequest`` is one asking of a version;
``SiteCount`` what one site says of it. ``CountedCohort`` spends a person's budget of distinct
cohorts in a day.

Written by ``catalog.domain.cohorts`` and ``catalog.domain.counts``. A figure is stored as the site
sent it: rounded, or masked; the exact one never leaves the hospital. A cohort may be archived by
its owner; versions that were counted stay, since a request may rest on them.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.order import SiteOrder
from catalog.orders import THRESHOLD
from governance.models.case import Case
from governance.models.establishment import Establishment


class SavedCohort(models.Model):
    ref = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cohorts"
    )
    title = models.CharField(_("titre"), max_length=160)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.SET_NULL, related_name="cohorts"
    )
    """The request whose team reads and changes it too; None while it is its owner's alone."""

    class Meta:
        verbose_name = _("cohorte")
        verbose_name_plural = _("cohortes")
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="cohort_by_owner")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"/comptages/{self.ref}"


class CohortVersion(models.Model):
    cohort = models.ForeignKey(SavedCohort, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("définition"))
    digest = models.CharField(_("empreinte"), max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    """Who wrote it; None for what was written before it was kept: its owner."""

    class Meta:
        verbose_name = _("version de cohorte")
        verbose_name_plural = _("versions de cohorte")
        ordering = ["cohort", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "number"], name="one_cohort_version"),
            models.CheckConstraint(condition=Q(number__gte=1), name="cohort_versions_from_one"),
        ]

    def __str__(self):
        return f"{self.cohort_id} v{self.number}"


class CountRequests(models.QuerySet):
    def as_it_is(self):
        """Those of a definition of OHDSI, counted as it is (``catalog.cohort.from_circe``)."""
        return self.filter(definition__has_key="PrimaryCriteria")

    def by_criteria(self):
        """Those of the contract, which a request may carry."""
        return self.exclude(definition__has_key="PrimaryCriteria")


class CountRequest(models.Model):
    ref = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(
        CohortVersion, null=True, blank=True, on_delete=models.CASCADE, related_name="counts"
    )
    definition = models.JSONField(_("définition"))
    digest = models.CharField(_("empreinte"), max_length=64, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="count_requests"
    )
    at = models.DateTimeField()

    objects = CountRequests.as_manager()

    class Meta:
        verbose_name = _("comptage")
        verbose_name_plural = _("comptages")
        ordering = ["-at"]

    def __str__(self):
        return str(self.ref)


class SiteCount(models.Model):
    class State(models.TextChoices):
        ASKED = "asked", _("demandé")
        ANSWERED = "answered", _("reçu")
        SILENT = "silent", _("sans réponse")
        FAILED = "failed", _("impossible")

    request = models.ForeignKey(CountRequest, on_delete=models.CASCADE, related_name="sites")
    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="site_counts"
    )
    digest = models.CharField(max_length=64)
    order = models.ForeignKey(SiteOrder, on_delete=models.PROTECT, related_name="site_counts")
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    persons = models.PositiveIntegerField(null=True, blank=True)
    masked = models.BooleanField(default=False)
    steps = models.JSONField(_("étapes"), default=list, blank=True)
    """Who was left at each step, ``{"persons", "masked"}``; none from a site that does not say."""
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("comptage d'un établissement")
        verbose_name_plural = _("comptages par établissement")
        ordering = ["establishment__position"]
        indexes = [
            models.Index(
                fields=["establishment", "digest", "-answered_at"],
                condition=Q(state="answered"),
                name="last_site_count",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["request", "establishment"], name="site_counted_once"),
            models.CheckConstraint(
                condition=Q(persons__isnull=True) | Q(persons__gte=THRESHOLD),
                name="no_figure_under_the_threshold",
            ),
            models.CheckConstraint(
                condition=Q(state="answered", answered_at__isnull=False)
                & (Q(masked=True, persons__isnull=True) | Q(masked=False, persons__isnull=False))
                | ~Q(state="answered") & Q(masked=False, persons__isnull=True),
                name="a_figure_or_a_mask_when_answered",
            ),
        ]

    def __str__(self):
        return f"{self.establishment_id} {self.state}"


class CountedCohort(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="counted_cohorts"
    )
    day = models.DateField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("cohorte comptée")
        verbose_name_plural = _("cohortes comptées")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "day", "digest"], name="a_cohort_spends_the_budget_once"
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.day}"
