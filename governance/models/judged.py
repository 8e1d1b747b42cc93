"""What the portal judged of itself each night: the clauses about the whole, and the deadlines.

Written by ``governance.domain.nights`` alone. They are what was found, never what somebody said:
no page writes here.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from governance.models.case import Case
from governance.models.decision import FactsBlob


class NightJudgedQuerySet(models.QuerySet):
    def last_ones(self):
        """The last answer of each clause."""
        return self.order_by("clause", "-since", "-pk").distinct("clause")


class NightJudged(models.Model):
    """One row is the nights in a row during which a clause, in one version of its charter, gave the
    same answer: from ``since`` to ``judged_at``, the last of them.

    Of a clause about the whole, ``verdict`` is what it said the last night, ``facts`` the bytes
    judged; ``holds`` is None when a person must say. Of a deadline, which is judged request by
    request, ``judged`` says of how many subjects and ``late`` how many were, and ``holds`` that
    none was.
    """

    clause = models.CharField(max_length=8)
    article = models.CharField(max_length=8)
    charter = models.CharField(max_length=16)
    version = models.CharField(max_length=40)
    holds = models.BooleanField(null=True)
    since = models.DateTimeField()
    judged_at = models.DateTimeField()
    verdict = models.JSONField(null=True, blank=True)
    facts = models.ForeignKey(
        FactsBlob, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    judged = models.PositiveIntegerField(default=1)
    late = models.PositiveIntegerField(default=0)

    objects = NightJudgedQuerySet.as_manager()

    class Meta:
        verbose_name = _("jugement de la nuit")
        verbose_name_plural = _("jugements de la nuit")
        ordering = ["clause", "-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["clause", "since"], name="one_answer_a_clause_and_instant"
            ),
            models.CheckConstraint(
                condition=Q(judged_at__gte=F("since")), name="nights_judged_in_order"
            ),
        ]

    def __str__(self):
        return f"{self.clause} {self.judged_at:%Y-%m-%d} {self.holds}"


class LatenessQuerySet(models.QuerySet):
    def open(self):
        """What is late still."""
        return self.filter(ended_at__isnull=True)


class Lateness(models.Model):
    """One row is one deadline of a charter that ran out, for whom (``of``: the site's slug; empty
    for the request as a whole), from the night that found it to the one that did not any more.
    ``case`` is empty where the establishment is late whatever the request. ``verdict`` is the last
    that found it. Blocks nothing."""

    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.CASCADE, related_name="lateness"
    )
    clause = models.CharField(max_length=8)
    article = models.CharField(max_length=8)
    of = models.CharField(max_length=40, default="", blank=True)
    found_at = models.DateTimeField()
    verdict = models.JSONField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LatenessQuerySet.as_manager()

    class Meta:
        verbose_name = _("retard")
        verbose_name_plural = _("retards")
        ordering = ["found_at", "pk"]
        indexes = [models.Index(fields=["article", "found_at"], name="lateness_by_article")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "clause", "of"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="one_open_lateness_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("found_at")),
                name="lateness_ends_after_it_is_found",
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.clause} {self.of}"
