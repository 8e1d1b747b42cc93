"""What leaves the working spaces: a row a deposit, a row a file of it, a row a check by a person.

``Output`` is what a member of the team deposits to be let out, whole or not at all, and where it
stands. ``OutputFile`` is a file, what its depositor says it is, what the automatic checks found in
it (never the values themselves) and, while it waits, what a checker is shown of it. ``OutputCheck``
is what one checker answered, written once. Written by ``projects.domain.outputs``. The bytes of
what is not let out are erased as soon as that is known; these rows and their hashes stay.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.case import Track
from governance.models.stored_file import StoredFile
from projects.models.request import Request


class Output(models.Model):
    class State(models.TextChoices):
        DEPOSITED = "deposited", _("À contrôler")
        SECOND = "second", _("Second contrôle attendu")
        ASKED = "asked", _("Une question est posée")
        STOPPED = "stopped", _("Arrêté par un contrôle automatique")
        REFUSED = "refused", _("Refusé")
        RELEASED = "released", _("Libéré")
        FALLEN = "fallen", _("Tombé avec l'accès")

    WAITING = (State.DEPOSITED, State.SECOND)

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="outputs")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DEPOSITED)
    sites = models.ManyToManyField(Track, related_name="outputs")
    why = models.TextField(max_length=2000)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    deposited_at = models.DateTimeField()
    deposited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    due_at = models.DateTimeField()
    examined_at = models.DateTimeField(null=True, blank=True)
    needs_two = models.BooleanField(default=False)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    leaf_index = models.BigIntegerField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=("deposited", "second")),
                name="outputs_waiting_by_due",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "number"], name="outputs_of_a_request_are_numbered"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("deposited", "second"), ended_at__isnull=True)
                | ~Q(state__in=("deposited", "second")) & Q(ended_at__isnull=False),
                name="an_output_that_waits_no_more_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="released")
                | Q(examined_at__isnull=False, first_by__isnull=False, leaf_index__isnull=False)
                & (Q(needs_two=False) | Q(second_by__isnull=False)),
                name="no_output_leaves_unchecked",
            ),
            models.CheckConstraint(
                condition=~Q(state="second") | Q(needs_two=True, first_by__isnull=False),
                name="a_second_check_follows_a_first",
            ),
            models.CheckConstraint(
                condition=(Q(first_by__isnull=True) | ~Q(first_by=F("deposited_by")))
                & (Q(second_by__isnull=True) | ~Q(second_by=F("deposited_by"))),
                name="nobody_checks_what_they_deposited",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True)
                | Q(first_by__isnull=False) & ~Q(second_by=F("first_by")),
                name="two_checkers_are_two_persons",
            ),
        ]

    def __str__(self):
        return f"{self.request_id} {self.number}"

    @property
    def waits(self) -> bool:
        """Whether a checker is waited for."""
        return self.state in self.WAITING


class OutputFile(models.Model):
    class Kind(models.TextChoices):
        FREQUENCIES = "frequencies", _("Tableau d'effectifs")
        SUMMARIES = "summaries", _("Statistiques résumées")
        MODEL = "model", _("Modèle statistique, régression")
        FIGURE = "figure", _("Figure")
        TEXT = "text", _("Texte")
        CODE = "code", _("Programme")
        LEARNED = "learned_model", _("Modèle appris")

    output = models.ForeignKey(Output, on_delete=models.PROTECT, related_name="files")
    position = models.PositiveSmallIntegerField()
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=14, choices=Kind)
    about = models.TextField(max_length=1000)
    findings = models.JSONField(default=list)
    shown = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["output", "position"], name="files_of_an_output_are_numbered"
            ),
        ]

    def __str__(self):
        return f"{self.output_id} {self.position}"


class OutputCheck(models.Model):
    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("Accepté")
        ASKED = "asked", _("Question posée")
        REFUSED = "refused", _("Refusé")

    output = models.ForeignKey(Output, on_delete=models.PROTECT, related_name="checks")
    rank = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(max_length=2000, blank=True)
    articles = ArrayField(models.CharField(max_length=8), default=list, blank=True)

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["output", "by"], name="one_check_of_an_output_per_person"
            ),
            models.UniqueConstraint(
                fields=["output", "rank"], name="one_check_of_an_output_a_rank"
            ),
            models.CheckConstraint(
                condition=~Q(verdict="refused") | ~Q(articles=[]),
                name="an_output_refused_cites_an_article",
            ),
            models.CheckConstraint(
                condition=Q(verdict="accepted") | ~Q(reason=""),
                name="an_output_asked_or_refused_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.output_id} {self.rank} {self.verdict}"
