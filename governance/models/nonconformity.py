"""A row of ``NonConformity`` is one continuous article that ceased to hold while data were in use,
and for whom: the whole request, one establishment, one member.

Written by ``governance.domain.nonconformities`` alone. What was found never changes; it is closed
by the verdict that shows its article satisfied, with the facts judged, or because there is nobody
left to judge (the member left, the request ended). Constraints and a trigger refuse every other
way, whoever writes; no row is ever deleted.

A row of ``BlockJudgement`` is what a delegate answered of the access that one closed, of a member
or of an establishment: confirmed, it stays closed until it is mended; lifted, it is open again
though the article is not satisfied. Only added, by ``governance.domain.blocks``: the last one
holds.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from governance.models.case import Case
from governance.models.decision import Decision, FactsBlob
from governance.models.delegation import Delegation
from governance.models.establishment import Establishment

OPEN = Q(mended_at__isnull=True, lapsed_at__isnull=True)


class NonConformityQuerySet(models.QuerySet):
    def open(self):
        """Those whose article is not satisfied yet."""
        return self.filter(OPEN)

    def closed(self):
        return self.exclude(OPEN)

    def biting(self):
        """The open ones whose grace period is over: they close what is at fault."""
        return self.open().filter(bitten_at__isnull=False)

    def judged(self):
        """With the kind of the last judgement of each, None before any."""
        last = BlockJudgement.objects.filter(nonconformity=OuterRef("pk")).order_by("-index")
        return self.annotate(last_judged=Subquery(last.values("kind")[:1]))

    def closing(self):
        """Those that bite and keep an access closed: no delegate lifted it."""
        unlifted = Q(last_judged=None) | Q(last_judged=BlockJudgement.Kind.CONFIRMED)
        return self.biting().judged().filter(unlifted)

    def lifted(self):
        """Those that bite and keep nothing closed: a delegate took it upon themselves."""
        return self.biting().judged().filter(last_judged=BlockJudgement.Kind.LIFTED)

    def to_judge(self):
        """The accesses closed of which no delegate said anything yet. That of the whole is judged
        by the steps of its suspension."""
        apart = self.biting().exclude(subject=NonConformity.Subject.REQUEST)
        return apart.judged().filter(last_judged=None)


class NonConformity(models.Model):
    """``found`` is the verdict that opened it, ``verdict`` the last one while it is open,
    ``mended`` the satisfied one. ``owner_role`` mends it, at ``owner_at`` (None: the team's side,
    or the network). ``bites_at`` is when the grace of the article ends; ``bitten_at`` when the
    portal closed what is at fault, by the decision ``bitten_by`` where it is the whole."""

    class Subject(models.TextChoices):
        REQUEST = "request", _("la demande entière")
        SITE = "site", _("un établissement")
        MEMBER = "member", _("un membre")

    class Lapsed(models.TextChoices):
        """Why there is nothing left to judge."""

        LEFT = "left", _("n'est plus de la demande")
        ENDED = "ended", _("les données ne sont plus utilisées")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="nonconformities")
    clause = models.CharField(max_length=8)
    article = models.CharField(max_length=8)
    subject = models.CharField(max_length=8, choices=Subject)
    establishment = models.ForeignKey(
        Establishment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="nonconformities",
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="nonconformities",
    )
    owner_role = models.CharField(max_length=24)
    owner_at = models.ForeignKey(
        Establishment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    found_at = models.DateTimeField()
    found = models.JSONField()
    found_facts = models.ForeignKey(FactsBlob, on_delete=models.PROTECT, related_name="+")
    verdict = models.JSONField()
    bites_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True, blank=True)
    bitten_at = models.DateTimeField(null=True, blank=True)
    bitten_by = models.ForeignKey(
        Decision,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="nonconformities",
    )
    mended_at = models.DateTimeField(null=True, blank=True)
    mended = models.JSONField(null=True, blank=True)
    mended_facts = models.ForeignKey(
        FactsBlob, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lapsed_at = models.DateTimeField(null=True, blank=True)
    lapsed_because = models.CharField(max_length=8, choices=Lapsed, default="", blank=True)

    objects = NonConformityQuerySet.as_manager()

    class Meta:
        verbose_name = _("non-conformité")
        verbose_name_plural = _("non-conformités")
        ordering = ["bites_at", "pk"]
        indexes = [
            models.Index(
                fields=["owner_role", "owner_at"], condition=OPEN, name="nonconformity_by_owner"
            ),
            models.Index(fields=["-found_at"], name="nonconformity_by_instant"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "clause", "establishment", "member"],
                condition=OPEN,
                nulls_distinct=False,
                name="one_open_nonconformity_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(subject="request", establishment__isnull=True, member__isnull=True)
                | Q(subject="site", establishment__isnull=False, member__isnull=True)
                | Q(subject="member", establishment__isnull=True, member__isnull=False),
                name="nonconformity_names_its_subject",
            ),
            models.CheckConstraint(
                condition=Q(bites_at__gte=F("found_at"))
                & (Q(bitten_at__isnull=True) | Q(bitten_at__gte=F("bites_at"))),
                name="nonconformity_bites_after_its_grace",
            ),
            models.CheckConstraint(
                condition=Q(bitten_by__isnull=True, bitten_at__isnull=True)
                | Q(bitten_by__isnull=True) & ~Q(subject="request")
                | Q(bitten_by__isnull=False, bitten_at__isnull=False, subject="request"),
                name="nonconformity_of_the_whole_bites_by_decision",
            ),
            models.CheckConstraint(
                condition=Q(mended_at__isnull=True, mended__isnull=True, mended_facts__isnull=True)
                | Q(
                    mended_at__gte=F("found_at"),
                    mended__isnull=False,
                    mended__holds=True,
                    mended_facts__isnull=False,
                ),
                name="nonconformity_mended_by_a_satisfied_verdict",
            ),
            models.CheckConstraint(
                condition=Q(lapsed_at__isnull=True, lapsed_because="")
                | Q(mended_at__isnull=True, lapsed_at__isnull=False)
                & Q(lapsed_because__in=("left", "ended")),
                name="nonconformity_lapsed_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.clause} {self.case_id}"

    @property
    def is_open(self) -> bool:
        return self.mended_at is None and self.lapsed_at is None

    @property
    def of(self) -> str | None:
        """Its subject as a verdict names it: a site's slug, a member's reference."""
        if self.establishment_id:
            return self.establishment_id
        return str(self.member.ref) if self.member_id else None


class BlockJudgement(models.Model):
    """``index`` numbers those of one non-conformity, from 1. ``delegation`` is the act of signature
    under which ``by`` decided, ``reason`` what they wrote for all who read the request: words that
    may be erased, alone."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmé")
        LIFTED = "lifted", _("levé")

    nonconformity = models.ForeignKey(
        NonConformity, on_delete=models.PROTECT, related_name="judgements"
    )
    index = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["nonconformity", "index"]
        constraints = [
            models.UniqueConstraint(
                fields=["nonconformity", "index"], name="judgements_of_a_block_are_numbered"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("confirmed", "lifted")), name="block_confirmed_or_lifted"
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) & ~Q(reason="")
                | Q(erased_at__isnull=False, reason=""),
                name="block_judged_with_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.nonconformity_id} {self.kind}"
