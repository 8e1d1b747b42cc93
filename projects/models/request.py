"""A row of ``Request`` is one request for data: what is referenced or searched of it.

Its state lives in its ``case``; the rest of its answers in ``Section``. Written by
``projects.domain.drafts``; erased with its case while it is a draft, never afterwards.
``RequestUserObjectPermission`` is guardian's direct table: who may see or edit this one request.
"""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from governance.models.case import Case
from governance.models.establishment import Establishment
from governance.models.organisation import Organisation


class RequesterKind(models.TextChoices):
    ACADEMIC = "academic", _("Académique")
    STARTUP = "startup", _("Start-up")
    INDUSTRY = "industry", _("Industrie")
    ASSOCIATION = "association", _("Association")


class Request(models.Model):
    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="request"
    )
    title = models.CharField(max_length=240, blank=True)
    acronym = models.CharField(max_length=40, blank=True)
    plain_title = models.CharField(max_length=160, blank=True)
    plain_summary = models.TextField(blank=True)
    requester_kind = models.CharField(max_length=12, choices=RequesterKind, blank=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    copied_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies"
    )
    search = SearchVectorField(null=True, editable=False)
    public_search = SearchVectorField(null=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    public_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [
            ("follow_request", "Follow this request as a member of its team"),
            ("write_request", "Write in this request's form"),
            ("examine_request", "Examine this request as an invited expert"),
        ]
        default_permissions = ()
        indexes = [
            GinIndex(fields=["search"], name="request_search"),
            GinIndex(fields=["public_search"], name="request_public_search"),
            models.Index(fields=["-public_since"], name="request_public"),
        ]

    def __str__(self):
        return self.acronym or self.title or str(self.pk)


class RequestUserObjectPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Request, on_delete=models.CASCADE)


class Section(models.Model):
    """The answers of one section of the form, with a revision of its own: two people who write in
    two sections never meet, and two who write in one are told."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="sections")
    code = models.CharField(max_length=16)
    answers = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "code"], name="one_section_per_code"),
        ]

    def __str__(self):
        return f"{self.request_id} {self.code}"


class AskedSite(models.Model):
    """An establishment chosen in the draft; its track begins at the deposit. One of them leads."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="asked_sites")
    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="asked_in"
    )
    leads = models.BooleanField(default=False)

    class Meta:
        ordering = ["establishment__position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "establishment"], name="site_asked_once"),
            models.UniqueConstraint(
                fields=["request"], condition=Q(leads=True), name="one_leading_site"
            ),
        ]

    def __str__(self):
        return self.establishment_id


class AskedVariable(models.Model):
    """A variable of the catalogue, the objective it serves and why."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="asked_variables")
    variable = models.ForeignKey(
        "catalog.Variable", on_delete=models.PROTECT, related_name="asked_in"
    )
    reason = models.CharField(max_length=500, blank=True)
    objective = models.CharField(max_length=16, default="primary", blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["request", "variable"], name="variable_asked_once"),
        ]

    def __str__(self):
        return f"{self.request_id} {self.variable_id}"


class LegalPerson(models.Model):
    """An organisation and its part in the processing (RGPD 4.7, 26, 28)."""

    class Part(models.TextChoices):
        CONTROLLER = "controller"
        JOINT_CONTROLLER = "joint_controller"
        PROCESSOR = "processor"
        SPONSOR = "sponsor"

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="legal_persons")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="parts")
    part = models.CharField(max_length=16, choices=Part)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "organisation", "part"], name="one_part_per_organisation"
            ),
        ]

    def __str__(self):
        return f"{self.organisation_id} {self.part}"


class YearCounter(models.Model):
    """The last number given in a year: locked while a number is given, so that there is no gap."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.year}-{self.last:04d}"
