"""The catalogue of another node, as we read it.

A row of ``CatalogueSource`` is another node: its name, and the address of its catalogue unless it
is read from files. A source that is no longer read says since when and why.

A row of ``Harvest`` is one reading of it: asked, then read by a worker; what was read is known by
its hash, and kept when it proposes something. It ends failed (and says why), without a difference,
proposed, replaced by a later reading, or decided. One reading of a source at a time waits, and one
is proposed.

A row of ``HarvestChange`` is a difference that a reading proposes, and what was decided of it, by
whom. Rows stay: together they are the provenance of what is shown.

A row of ``HarvestedDataset`` is a dataset of another node as it was accepted. It is public until it
is removed; its address then says since when it is no longer there. It is never one of ours: it is
neither counted nor asked for here.

Written by ``catalog.domain.harvests``.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.exchange import formats
from catalog.exchange.records import FIELDS, LONGEST, LONGEST_ADDRESS
from catalog.models.searched import Searched
from governance.models.stored_file import StoredFile


class CatalogueSourceQuerySet(models.QuerySet):
    def current(self):
        """Those that are still read."""
        return self.filter(retired_at__isnull=True)


class CatalogueSource(models.Model):
    name = models.CharField(_("nom du réseau"), max_length=120, unique=True)
    url = models.CharField(
        _("adresse du catalogue"),
        max_length=LONGEST_ADDRESS,
        blank=True,
        validators=[URLValidator(["https"])],
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField()
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_why = models.TextField(blank=True)

    objects = CatalogueSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("catalogue d'un autre réseau")
        verbose_name_plural = _("catalogues d'autres réseaux")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True, retired_by__isnull=True, retired_why="")
                | Q(retired_at__isnull=False, retired_by__isnull=False) & ~Q(retired_why=""),
                name="a_source_retired_says_when_by_whom_and_why",
            ),
        ]

    def __str__(self):
        return self.name


class HarvestQuerySet(models.QuerySet):
    def proposed(self):
        """Those whose differences wait to be examined."""
        return self.filter(state=Harvest.State.PROPOSED)


class Harvest(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("en cours")
        FAILED = "failed", _("échouée")
        NOTHING = "nothing", _("rien de nouveau")
        PROPOSED = "proposed", _("à examiner")
        REPLACED = "replaced", _("remplacée par une lecture plus récente")
        DECIDED = "decided", _("examinée")

    source = models.ForeignKey(CatalogueSource, on_delete=models.PROTECT, related_name="harvests")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    again = models.BooleanField(default=False)
    document = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    format = models.CharField(
        max_length=6, blank=True, choices=[(each.ending, each.label) for each in formats.FORMATS]
    )
    read_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    datasets = models.PositiveIntegerField(null=True, blank=True)
    ours = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True)
    failure_values = models.JSONField(default=dict, blank=True)

    objects = HarvestQuerySet.as_manager()

    class Meta:
        verbose_name = _("lecture d'un autre catalogue")
        verbose_name_plural = _("lectures d'autres catalogues")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(state="waiting"),
                name="one_harvest_waits_a_source",
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(state="proposed"),
                name="one_harvest_is_proposed_a_source",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", read_at__isnull=True)
                | ~Q(state="waiting") & Q(read_at__isnull=False),
                name="a_harvest_read_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="failed") & ~Q(failure="") | ~Q(state="failed") & Q(failure=""),
                name="a_harvest_that_failed_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "failed"))
                | ~Q(sha256="") & Q(size__isnull=False, datasets__isnull=False),
                name="a_harvest_read_says_what_it_read",
            ),
        ]

    def __str__(self):
        return f"{self.source_id} {self.state}"

    @property
    def why(self) -> str:
        """Why it failed, in the reader's language."""
        return gettext(self.failure) % self.failure_values if self.failure else ""


class HarvestChange(models.Model):
    class Kind(models.TextChoices):
        ADDED = "added", _("nouveau")
        CHANGED = "changed", _("changé")
        REMOVED = "removed", _("retiré")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("à examiner")
        ACCEPTED = "accepted", _("acceptée")
        REFUSED = "refused", _("refusée")
        REPLACED = "replaced", _("remplacée")

    harvest = models.ForeignKey(Harvest, on_delete=models.PROTECT, related_name="changes")
    uri = models.CharField(max_length=LONGEST_ADDRESS)
    kind = models.CharField(max_length=7, choices=Kind)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("différence proposée")
        verbose_name_plural = _("différences proposées")
        ordering = ["kind", "uri"]
        constraints = [
            models.UniqueConstraint(fields=["harvest", "uri"], name="one_change_a_harvest_and_uri"),
            models.CheckConstraint(
                condition=Q(state__in=("proposed", "replaced"), decided_at__isnull=True)
                | Q(state__in=("accepted", "refused"), decided_at__isnull=False),
                name="a_change_decided_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""),
                name="a_change_refused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(kind="added", after__isnull=False)
                | Q(kind="changed", before__isnull=False, after__isnull=False)
                | Q(kind="removed", before__isnull=False, after__isnull=True),
                name="a_change_says_before_and_after",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.uri}"

    @property
    def title(self) -> str:
        """The title of the dataset, as it would be, or as it was."""
        return (self.after or self.before)["title"]


class HarvestedDatasetQuerySet(models.QuerySet):
    def shown(self):
        """Those that were accepted and not removed, with their node."""
        return self.filter(removed_at__isnull=True).select_related("source")


class HarvestedDataset(Searched):
    slug = models.SlugField(max_length=90, primary_key=True)
    source = models.ForeignKey(CatalogueSource, on_delete=models.PROTECT, related_name="datasets")
    uri = models.CharField(max_length=LONGEST_ADDRESS)
    title = models.CharField(max_length=LONGEST["title"])
    description = models.TextField(blank=True)
    publisher = models.CharField(max_length=LONGEST["publisher"], blank=True)
    page = models.CharField(max_length=LONGEST_ADDRESS, blank=True)
    categories = ArrayField(models.CharField(max_length=LONGEST_ADDRESS), default=list, blank=True)
    modified = models.CharField(max_length=10, blank=True)
    version = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    accepted_at = models.DateTimeField()
    harvest = models.ForeignKey(Harvest, on_delete=models.PROTECT, related_name="accepted")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = HarvestedDatasetQuerySet.as_manager()

    class Meta:
        verbose_name = _("jeu de données d'un autre réseau")
        verbose_name_plural = _("jeux de données d'autres réseaux")
        ordering = ["source__name", "title", "slug"]
        indexes = [GinIndex(fields=["search"], name="harvested_by_words")]
        constraints = [
            models.UniqueConstraint(fields=["source", "uri"], name="one_dataset_a_source_and_uri"),
            models.CheckConstraint(
                condition=Q(accepted_at__gte=F("first_at")), name="harvested_first_then_changed"
            ),
        ]

    def __str__(self):
        return self.slug

    def get_absolute_url(self):
        return f"/catalogue/voisins/{self.slug}"

    def says(self):
        """Its title first, then who publishes it and what it says of itself."""
        return [
            (self.title, "A"),
            (f"{self.publisher} {self.source.name}", "B"),
            (self.description, "C"),
        ]

    def record(self) -> dict:
        """What was accepted of it, as a reading says it: compared field by field."""
        return {name: getattr(self, name) for name in FIELDS}

    @property
    def mark(self) -> str:
        """Whose catalogue it is of, as every page says it."""
        return gettext("Autre réseau : %(name)s") % {"name": self.source.name}

    @property
    def origin(self) -> str:
        """Where its own node shows it."""
        return self.page or self.uri
