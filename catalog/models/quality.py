"""A row of ``QualityRun`` is one asking of a site to check its warehouse, and what became of it. A
row of ``QualityResult`` is what one check found in a run, as the site may tell it: figures rounded,
or masked; never a row of the warehouse. ``kind`` and ``table`` are those of the check on that day,
so that a run stays readable once the list of checks has changed.

Written by ``catalog.domain.quality``, all the results of a run at once. Both stay: what a finding
rests on, and how the quality of a warehouse changed.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.order import SiteOrder
from catalog.orders import THRESHOLD
from catalog.warehouse.quality.checks import CHECKS, Check
from governance.models.establishment import Establishment


class QualityRunQuerySet(models.QuerySet):
    def answered(self):
        """Those whose results are known, the last one first."""
        return self.filter(state=QualityRun.State.ANSWERED).order_by("-measured_at", "-pk")


class QualityRun(models.Model):
    class State(models.TextChoices):
        ASKED = "asked", _("en cours")
        ANSWERED = "answered", _("terminé")
        SILENT = "silent", _("sans réponse")
        FAILED = "failed", _("impossible")

    establishment = models.ForeignKey(
        Establishment, on_delete=models.PROTECT, related_name="quality_runs"
    )
    order = models.OneToOneField(SiteOrder, on_delete=models.PROTECT, related_name="quality_run")
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    """Who asked; None for the one of each week."""
    measured_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True)

    objects = QualityRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("contrôle de l'entrepôt")
        verbose_name_plural = _("contrôles des entrepôts")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["establishment", "-measured_at"],
                condition=Q(state="answered"),
                name="last_quality_runs",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment"],
                condition=Q(state="asked"),
                name="one_quality_run_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="answered", measured_at__isnull=False)
                | ~Q(state="answered") & Q(measured_at__isnull=True),
                name="a_quality_run_answered_says_when",
            ),
        ]

    def __str__(self):
        return f"{self.establishment_id} {self.state}"

    @property
    def waits(self) -> bool:
        """Whether the site has not said its last word."""
        return self.state == self.State.ASKED


class QualityResult(models.Model):
    class Kind(models.TextChoices):
        CONFORMANCE = "conformance", _("conformité")
        COMPLETENESS = "completeness", _("complétude")
        PLAUSIBILITY = "plausibility", _("plausibilité")

    class Outcome(models.TextChoices):
        PASSED = "passed", pgettext_lazy("check", "tenu")
        FAILED = "failed", _("pas tenu")
        FEW = "few", _("trop peu de données pour juger")
        EMPTY = "empty", _("rien à vérifier")
        ABSENT = "absent", _("non vérifiable")

    JUDGED = (Outcome.PASSED, Outcome.FAILED)

    run = models.ForeignKey(QualityRun, on_delete=models.PROTECT, related_name="results")
    code = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    table = models.CharField(max_length=40)
    outcome = models.CharField(max_length=8, choices=Outcome)
    rows = models.PositiveBigIntegerField(null=True, blank=True)
    failed = models.PositiveBigIntegerField(null=True, blank=True)
    filled = models.JSONField(default=dict, blank=True)
    """Year → whole percents of the rows that have a value, where the check is of that."""

    class Meta:
        verbose_name = _("résultat d'un contrôle")
        verbose_name_plural = _("résultats des contrôles")
        ordering = ["run", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "code"], name="a_check_has_one_result_a_run"),
            models.CheckConstraint(
                condition=(Q(rows__isnull=True) | Q(rows__gte=THRESHOLD))
                & (Q(failed__isnull=True) | Q(failed=0) | Q(failed__gte=THRESHOLD)),
                name="no_quality_figure_under_the_threshold",
            ),
            models.CheckConstraint(
                condition=Q(failed__isnull=True) | Q(rows__isnull=False, failed__lte=F("rows")),
                name="no_more_rows_fail_than_there_are",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.outcome}"

    @property
    def check_of(self) -> Check | None:
        """The check as it is declared today; None once it is no longer."""
        return CHECKS.get(self.code)

    @property
    def share(self) -> float | None:
        """Percents of the rows that fail, of the rounded figures; None where one is masked."""
        if not self.rows or self.failed is None:
            return None
        return 100 * self.failed / self.rows

    @property
    def masked(self) -> bool:
        """Whether something fails of which the figure may not be told."""
        return self.rows is not None and self.failed is None
