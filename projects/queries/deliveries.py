"""What a data engineer reads of the extractions of their establishments. Queries stay constant."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.models import ObjectedDelivery
from governance.models.case import Track
from governance.permissions import places_of
from governance.roles import Permission
from projects.domain.extractions import DELIVERED, LAUNCHED_FROM, LAUNCHED_IN, LIVE
from projects.domain.spaces import ACCESS_OVER
from projects.models import Certificate, Extraction
from projects.queries.endings import end_words
from projects.queries.spaces import destruction_asked

STATES = {
    Extraction.State.ORDERED: ("wait", _("Ordre envoyé")),
    Extraction.State.RUNNING: ("here", _("En cours")),
    Extraction.State.DONE: ("done", _("Terminée, manifeste vérifié")),
    Extraction.State.FAILED: ("stop", _("Échouée")),
    Extraction.State.REFUSED: ("stop", _("Refusée par l'établissement")),
    Extraction.State.CANCELLED: ("neutral", _("Annulée")),
}
"""The kind of chip and the words of each state of an extraction."""

REPORTS = {
    "accepted": _("L'ordre est reçu et accepté"),
    "progress": _("L'extraction avance"),
    "heartbeat": _("Le programme du site travaille"),
    "delivered": _("Les fichiers sont livrés, le manifeste est signé"),
    "failed": _("L'extraction a échoué"),
    "refused": _("L'ordre est refusé"),
    "cancelled": _("L'extraction est arrêtée"),
    "destroyed": _("Les données sont détruites"),
}
"""What each report of a site says."""

LAST_DELIVERED = 20


def _tracks_of(person, at: datetime) -> QuerySet[Track]:
    places = places_of(person, Permission.RUN_EXTRACTIONS, at=at)
    here = Q() if None in places else Q(establishment__in=places)
    return (
        Track.objects.filter(here, kind="site", case__process="request", case__number__isnull=False)
        .select_related("case__request", "establishment")
        .prefetch_related(
            Prefetch(
                "extractions", Extraction.objects.select_related("order").order_by("-launched_at")
            ),
            "certificates",
        )
    )


def track_run_by(person, pk: int, at: datetime) -> Track | None:
    """The track `pk` when `person` runs the extractions of its establishment; None otherwise."""
    return _tracks_of(person, at).filter(pk=pk).first()


def extraction_run_by(person, pk, at: datetime) -> Extraction | None:
    """The extraction `pk` when `person` runs those of its establishment; None otherwise."""
    places = places_of(person, Permission.RUN_EXTRACTIONS, at=at)
    here = Q() if None in places else Q(track__establishment__in=places)
    return (
        Extraction.objects.filter(here, pk=pk)
        .select_related(
            "order", "track__case__request", "track__establishment", "launched_by", "track__case"
        )
        .first()
    )


@dataclass
class Board:
    """The extractions page: what waits, runs, is to be delivered, to be certified, was delivered.
    A row is a track; its `last` is its latest extraction, if any, `standing` how that stands."""

    waiting: list[Track] = field(default_factory=list)
    running: list[Track] = field(default_factory=list)
    ready: list[Track] = field(default_factory=list)
    to_certify: list[Track] = field(default_factory=list)
    delivered: list[Track] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.waiting or self.running or self.ready or self.to_certify or self.delivered)


def board_of(person, at: datetime) -> Board:
    """Everything that a data engineer follows. The same queries, whatever the number of rows."""
    board = Board()
    tracks = _tracks_of(person, at)
    to_do = tracks.filter(case__state__in=LAUNCHED_IN, status__in=LAUNCHED_FROM)
    for track in _with_last(to_do.order_by("status_since", "pk")):
        if track.last is None or track.last.state not in (*LIVE, Extraction.State.DONE):
            board.waiting.append(track)
        elif track.last.state == Extraction.State.DONE:
            board.ready.append(track)
        else:
            board.running.append(track)
    for track in _with_last(tracks.filter(to_be_made_again())):
        (board.running if track.last.state in LIVE else board.waiting).append(track)
    ended = tracks.filter(
        case__state__in=ACCESS_OVER,
        status__in=Track.HELD,
    ).exclude(certificates__kind=Certificate.Kind.COPIES_DESTROYED)
    ended = ended.exclude(destruction_asked())
    board.to_certify = _with_last(ended.order_by("case__state_since", "pk"))
    delivered = tracks.filter(status__in=Track.HELD).order_by("-status_since", "-pk")
    board.delivered = _with_last(delivered[:LAST_DELIVERED])
    return board


def to_be_made_again() -> Q:
    """Of the tracks, those whose copy, delivered and not opened yet, is to be made again: persons
    in it objected since, and nothing has replaced it."""
    here, waiting = OuterRef("pk"), Q(status=DELIVERED, case__state__in=LAUNCHED_IN)
    objected = ObjectedDelivery.objects.pending().filter(delivery__extraction__track=here)
    since = Extraction.objects.filter(track=here, launched_at__gt=OuterRef("status_since"))
    unended = since.exclude(state=Extraction.State.DONE)
    done = since.filter(state=Extraction.State.DONE)
    return waiting & (Exists(objected) | Exists(unended) & ~Exists(done))


def _with_last(tracks) -> list[Track]:
    found = list(tracks)
    for track in found:
        track.last = next(iter(track.extractions.all()), None)
        track.standing = Standing(track.last) if track.last else None
    return found


@dataclass(frozen=True)
class Standing:
    """How an extraction stands, in words: its chip, what its end says, how far it is."""

    extraction: Extraction

    @property
    def kind(self) -> str:
        return STATES[self.extraction.state][0]

    @property
    def label(self) -> str:
        return str(STATES[self.extraction.state][1])

    @property
    def live(self) -> bool:
        return self.extraction.state in LIVE

    @property
    def end(self) -> str:
        return end_words(self.extraction.message)

    @property
    def progress(self) -> tuple[int, int] | None:
        """(done, total) when the site says both."""
        said = self.extraction.progress
        done, total = said.get("done"), said.get("of")
        whole = isinstance(done, int) and isinstance(total, int)
        return (max(0, min(done, total)), total) if whole and total > 0 else None

    @property
    def table(self) -> str:
        return str(self.extraction.progress.get("table", ""))


def last_extraction(track: Track) -> Standing | None:
    """How the last extraction of a site stands; None before any."""
    last = track.extractions.select_related("order").order_by("-launched_at").first()
    return Standing(last) if last else None


def acts_on(extraction: Extraction) -> set[str]:
    """What can be done of an extraction now: `deliver`, `retry`, `report_undeliverable`."""
    track, done = extraction.track, extraction.state == Extraction.State.DONE
    if track.status not in LAUNCHED_FROM or track.case.state not in LAUNCHED_IN:
        return set()
    if extraction.state in LIVE:
        return set()
    latest = not track.extractions.filter(launched_at__gt=extraction.launched_at).exists()
    first = {"deliver" if done else "retry"} if latest else set()
    return first | {"report_undeliverable"}


def log_of(extraction: Extraction) -> list[dict]:
    """What the site said of an extraction, oldest first, repeated signs of life told once."""
    told = [
        {
            "title": _("Extraction lancée"),
            "at": extraction.launched_at,
            "text": str(extraction.launched_by),
        }
    ]
    for report in extraction.order.reports.order_by("sequence"):
        title = REPORTS.get(report.kind, report.kind)
        if told[-1]["title"] == title:
            told[-1]["at"] = report.received_at
        else:
            told.append({"title": title, "at": report.received_at})
    return told


def manifest_of(extraction: Extraction) -> dict | None:
    """The manifest as people read it: its tables with their lines, what was checked on the files.
    A site's words are shown as text; what is not of its type is left out."""
    manifest = extraction.manifest
    if manifest is None:
        return None
    tables = manifest.get("tables")
    checks = manifest.get("checks")
    return {
        "tables": [
            {
                "name": str(table.get("name", table.get("table", ""))),
                "rows": table["rows"] if isinstance(table.get("rows"), int) else None,
                "columns": [_column_name(c) for c in table.get("columns") or []],
                "sha256": str(table.get("sha256", "")),
            }
            for table in (tables if isinstance(tables, list) else [])
            if isinstance(table, dict)
        ],
        "checks": [
            (CHECKS.get(name, name), holds)
            for name, holds in sorted((checks if isinstance(checks, dict) else {}).items())
            if isinstance(holds, bool) and (holds or name in REQUIRED)
        ],
        "objection_list": _day(manifest.get("objection_list")),
        "query": str(manifest.get("query", "")),
        "software": manifest.get("software", ""),
        "start": str(manifest.get("start", "")),
        "end": str(manifest.get("end", "")),
    }


def _column_name(column) -> str:
    return str(column.get("name", "")) if isinstance(column, dict) else str(column)


CHECKS = {
    "identifiers_absent": _("Aucun identifiant dans les fichiers"),
    "keys_proper": _("Pseudonymes tirés des clés de ce projet"),
    "dates_shifted": _("Dates décalées"),
    "objectors_absent": _("Personnes opposées absentes"),
    "not_informed_absent": _("Personnes non informées absentes"),
    "columns_exact": _("Variables exactement celles autorisées"),
    "period_exact": _("Période exactement celle autorisée"),
    "persons_exact": _("Personnes exactement celles de la population"),
    "exception_examined": _("Personnes non informées gardées, l'exception étant examinée"),
}
REQUIRED = frozenset(CHECKS) - {"exception_examined", "dates_shifted"}
"""What the site checked on the delivered files (P-06, P-07, P-09)."""


def _day(said) -> date | None:
    """The day that begins what a manifest says of an instant; None for anything else."""
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError:
        return None
