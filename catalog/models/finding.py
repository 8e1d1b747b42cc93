"""A row of ``Finding`` is an anomaly that a user reported, or that a check of the warehouse found,
in a dataset of one establishment, and where it stands: waiting for an answer until a day, confirmed
and to be mended, mended, or found to be none. It says what is wrong in the data as a whole, never
anything of a patient. Never deleted. What a check found has no words of its own: its result says
it, in the reader's language; nobody reported it, unless a person opened it from the result.

A row of ``FindingEvent`` is one act on it: reported, taken, answered, put off, mended; or what a
later run of its check says. Appended only: together they are its history. What an answer says is
public once it confirms; what the reporter wrote never is.

A row of ``FindingReminder`` says that a reminder left, once per kind.

Written by ``catalog.domain.findings``.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.dataset import Dataset
from catalog.models.quality import QualityResult
from catalog.models.variable import Variable
from catalog.quality_words import in_words
from governance.models.case import Case


class FindingQuerySet(models.QuerySet):
    def waiting(self):
        """Those that nobody answered yet."""
        return self.filter(state=Finding.State.WAITING)

    def confirmed(self):
        """Those that the establishment said to be anomalies, mended or not."""
        return self.filter(state__in=Finding.CONFIRMED)

    def named(self):
        """With all that says where they were found, and who deals with them."""
        return self.select_related(
            "dataset__establishment", "dataset__category", "variable", "assigned_to", "found_by"
        )


class Finding(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("sans réponse")
        TO_MEND = "to_mend", _("confirmée, à corriger")
        MENDED = "mended", _("confirmée, corrigée")
        DISMISSED = "dismissed", _("pas une anomalie")

    CONFIRMED = (State.TO_MEND, State.MENDED)

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="findings")
    variable = models.ForeignKey(
        Variable, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    text = models.TextField(_("ce qui ne va pas"), blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="findings",
    )
    found_by = models.ForeignKey(
        QualityResult, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    """The result of the check that found it."""
    reported_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.TextField(_("réponse"), blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    mend_by = models.DateField(_("correction prévue le"), null=True, blank=True)
    mended_on = models.DateField(_("corrigée le"), null=True, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("anomalie signalée")
        verbose_name_plural = _("anomalies signalées")
        ordering = ["-reported_at", "-pk"]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="waiting"), name="findings_unanswered_by_due"
            ),
            models.Index(fields=["dataset", "state"], name="findings_by_dataset"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", answered_at__isnull=True, answer="")
                | ~Q(state="waiting") & Q(answered_at__isnull=False) & ~Q(answer=""),
                name="a_finding_answered_says_when_and_what",
            ),
            models.CheckConstraint(
                condition=Q(state="mended", mended_on__isnull=False)
                | ~Q(state="mended") & Q(mended_on__isnull=True),
                name="a_finding_mended_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="to_mend") | Q(mend_by__isnull=False),
                name="a_finding_to_mend_says_by_when",
            ),
            models.CheckConstraint(
                condition=Q(found_by__isnull=False) | Q(reported_by__isnull=False) & ~Q(text=""),
                name="a_finding_is_reported_in_words_or_found_by_a_check",
            ),
        ]

    def __str__(self):
        return f"{self.dataset_id} {self.state}"

    @property
    def said(self) -> str:
        """What is wrong: in the words of who reported it, or of the check that found it."""
        return self.text or in_words(self.found_by)

    @property
    def waits(self) -> bool:
        """Whether the establishment owes its answer."""
        return self.state == self.State.WAITING

    @property
    def to_mend(self) -> bool:
        """Whether it was confirmed and is still there."""
        return self.state == self.State.TO_MEND

    @property
    def open(self) -> bool:
        """Whether something is still owed of it: an answer, or its mending."""
        return self.waits or self.to_mend


class FindingEvent(models.Model):
    class Kind(models.TextChoices):
        REPORTED = "reported", _("Signalée")
        TAKEN = "taken", _("Prise en charge")
        CONFIRMED = "to_mend", _("Confirmée, à corriger")
        CORRECTED = "mended", _("Confirmée et corrigée")
        DISMISSED = "dismissed", _("Pas une anomalie")
        PUT_OFF = "put_off", _("Correction reportée")
        MENDED = "mended_later", _("Corrigée")
        FOUND = "found", _("Trouvée par un contrôle")
        HOLDS = "holds", _("Le contrôle est de nouveau tenu")
        FAILS = "fails", _("Le contrôle n'est de nouveau pas tenu")

    OF_CHECKS = (Kind.FOUND, Kind.HOLDS, Kind.FAILS)
    """What nobody did: runs of the check say it."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    day = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=False) | Q(kind__in=("found", "holds", "fails")),
                name="an_act_on_a_finding_is_somebodys",
            ),
        ]

    def __str__(self):
        return f"{self.finding_id} {self.kind}"


class FindingReminder(models.Model):
    """``kind`` is one of the clocks' (``before-N``, ``late``, ``late-stand-in``, ``late-director``)
    or ``unmended:DAY``, when the day that was promised is past."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=24)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["finding", "kind"], name="one_reminder_a_finding_and_kind"
            ),
        ]

    def __str__(self):
        return f"{self.finding_id} {self.kind}"
