"""The *Données* tab: what each establishment delivers, who may use it, until when.

A constant number of queries, whatever the number of establishments and members.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.queries.descriptions import Shown, changed_since
from governance.charters.facts import months_later
from governance.models import Participation, Record
from governance.models.case import Track
from governance.roles import Permission
from projects.domain import accesses
from projects.domain.extractions import DESTROYED_IN, LAUNCHED_FROM, LAUNCHED_IN
from projects.domain.recognition import sites_to_recognise
from projects.domain.spaces import ACCESS_OVER
from projects.models import Certificate, Extraction, MemberAccess, Request, Space
from projects.process.facts.reciprocity import last_said
from projects.process.facts.recognition import last_recognition
from projects.queries.deliveries import Standing
from projects.queries.overview import names_for, say, status_words
from projects.queries.spaces import BECAUSE, SpaceSeen, spaces_of
from projects.reader import Reader

CERTIFICATES = {
    Certificate.Kind.SPACE_CLOSED: gettext_lazy("Espace de travail fermé"),
    Certificate.Kind.SPACE_DESTROYED: gettext_lazy("Espace de travail détruit"),
    Certificate.Kind.COPIES_DESTROYED: gettext_lazy("Copies de travail détruites"),
    Certificate.Kind.DATASET_SEALED: gettext_lazy("Jeu de l'étude scellé"),
    Certificate.Kind.DATASET_DESTROYED: gettext_lazy("Jeu de l'étude détruit"),
}
CUT = BECAUSE | {
    "left_team": gettext_lazy("a quitté l'équipe"),
    "U-06": gettext_lazy("sa charte ou sa formation n'est plus à jour"),
    "U-08": gettext_lazy("un manquement est ouvert, ou l'engagement n'est pas signé"),
}
"""Why an access was cut, by its code."""

CHIPS = {
    "delivered": "done",
    "opened": "done",
    "undeliverable": "stop",
    "declined": "stop",
    "left": "neutral",
    "infeasible": "neutral",
}
AFTER_DECISION = (
    "authorised",
    "access",
    "suspended",
    "results",
    "closed",
    "closed_in_default",
    "revoked",
)


RECOGNISED = {
    "acknowledged": gettext_lazy("Remercié nommément"),
    "associated": gettext_lazy("Associé aux travaux et à leur signature"),
}
"""What was agreed with an establishment beyond the citation, by its code."""


@dataclass(frozen=True)
class Recognition:
    """What was agreed with an establishment beyond the citation, and what was done of it."""

    track: Track
    agreed: Record
    given: Record | None

    @property
    def words(self):
        return RECOGNISED[self.agreed.data["code"]]


def recognitions_of(request: Request) -> list[Recognition]:
    """The establishments with which more than the citation was agreed, in the order of names."""
    kinds = ("recognition_agreed", "recognition_given")
    found = list(request.case.records.filter(kind__in=kinds).order_by("id"))
    if not found:
        return []
    rows = ((track, *last_recognition(track, found)) for track in sites_to_recognise(request))
    return [Recognition(track, agreed, given) for track, agreed, given in rows if agreed]


def reciprocity_of(request: Request) -> Record | None:
    """What the team last said it offers back, or why it cannot."""
    return last_said(request.case.records.filter(kind="reciprocity").order_by("id"))


@dataclass(frozen=True)
class Member:
    """A member before one site: their access, or why there is none. `ref` is their reference, by
    which a site knows them."""

    name: str
    ref: str
    since: datetime | None
    cut_at: datetime | None
    why: str

    @property
    def open(self) -> bool:
        return self.since is not None and self.cut_at is None


@dataclass(frozen=True)
class SiteData:
    """What one establishment delivers; the acts are those of the reader. `since` is the day of what
    `label` says, None where it is not the track's own: an access that is open no more."""

    track: Track
    label: str
    since: datetime | None
    kind: str
    standing: Standing | None
    members: list[Member]
    certificates: list[tuple[str, Certificate]]
    launch: bool
    certify: bool
    destroy: bool
    engineer: bool
    space: SpaceSeen | None = None

    @property
    def name(self) -> str:
        return self.track.establishment.short_name

    @property
    def live(self) -> bool:
        """Whether something is under way there, to be looked at again soon."""
        extracting = self.standing is not None and self.standing.live
        return extracting or (self.space is not None and (self.space.live or self._half_read))

    @property
    def _half_read(self) -> bool:
        """Whether the space was destroyed between the reading of its certificates and its own."""
        certified = any(
            each.kind == Certificate.Kind.SPACE_DESTROYED for _label, each in self.certificates
        )
        return self.space.space.state == Space.State.DESTROYED and not certified

    @property
    def in_perimeter(self) -> bool:
        return self.track.status not in ("left", "infeasible", "declined")


@dataclass(frozen=True)
class Period:
    """The access period: months granted, dates once it began, when the clock of results ends."""

    months: int
    starts_on: date | None
    ends_on: date | None
    ended_on: date | None
    site_by_site: bool
    linkage: bool = False


def sites_of(demand: Request, reader: Reader, at: datetime) -> list[SiteData]:
    """Each establishment of `demand` as `reader` sees it, in the network's order."""
    case = demand.case
    tracks = list(
        case.tracks.filter(kind="site")
        .select_related("establishment")
        .prefetch_related(
            "certificates",
            Prefetch(
                "extractions",
                Extraction.objects.select_related("order").order_by("-launched_at"),
            ),
        )
        .order_by("establishment__position", "pk")
    )
    members = _members(demand, at) if case.state in AFTER_DECISION else {}
    closed = accesses.sites_closed(case) if case.state == "access" else {}
    mine = {track.pk for track in tracks if _is_engineer(reader, track)}
    held = [track for track in tracks if track.status in Track.HELD]
    seen = spaces_of(demand, reader, held, mine) if held else {}
    return [
        _site(
            demand,
            track,
            members.get(track.pk, members.get(None, [])),
            closed=track.key in closed,
            engineer=track.pk in mine,
            space=seen.get(track.pk),
        )
        for track in tracks
    ]


def _is_engineer(reader: Reader, track: Track) -> bool:
    """Whether the reader runs the extractions of an establishment, being none of the team."""
    return not reader.on_team and any(
        role == "data_engineer" and where in (None, track.establishment_id)
        for role, where in reader.grants
    )


def _site(
    demand: Request, track: Track, members, *, closed: bool, engineer: bool, space
) -> SiteData:
    state, extractions = demand.case.state, list(track.extractions.all())
    last = extractions[0] if extractions else None
    given = {c.kind: c for c in track.certificates.all()}
    held = track.status in Track.HELD
    after = state in ACCESS_OVER
    own = not closed and (track.status != "opened" or state == "access")
    stopped = closed or (track.status == "opened" and state in ("suspended", "revoked"))
    return SiteData(
        track=track,
        label=_("Accès fermé : non conforme") if closed else status_words(track, state),
        since=track.status_since if own else None,
        kind="stop" if stopped else CHIPS.get(track.status, "wait"),
        standing=Standing(last) if last else None,
        members=members if held else [],
        certificates=[(str(CERTIFICATES[k]), given[k]) for k in CERTIFICATES if k in given],
        launch=engineer
        and state in LAUNCHED_IN
        and track.status in LAUNCHED_FROM
        and (last is None or last.state not in ("ordered", "running", "done")),
        certify=engineer
        and after
        and held
        and "copies_destroyed" not in given
        and not (space is not None and space.space.destroying),
        destroy=engineer
        and state in DESTROYED_IN
        and held
        and last is not None
        and "dataset_destroyed" not in given,
        engineer=engineer,
        space=space,
    )


def _members(demand: Request, at: datetime) -> dict[int | None, list[Member]]:
    """Track → the team before it; under None, the team before a site not opened yet."""
    case, names = demand.case, names_for(demand)
    why_barred: dict[str, list[str]] = defaultdict(list)
    for verdict in accesses.barring(case, at):
        why_barred[verdict.of].append(say(verdict, names))
    team = {}
    for row in (
        Participation.objects.filter(case=case, part__in=Participation.TEAM)
        .valid(at)
        .select_related("person")
        .order_by("since", "pk")
    ):
        team.setdefault(row.person_id, row.person)
    rows: dict[int, dict[int, MemberAccess]] = defaultdict(dict)
    for access in (
        MemberAccess.objects.filter(track__case=case)
        .select_related("participation__person")
        .order_by("opened_at", "pk")
    ):
        rows[access.track_id][access.participation.person_id] = access
        team.setdefault(access.participation.person_id, access.participation.person)
    waiting = [
        Member(str(person), str(person.ref), None, None, " ".join(why_barred[str(person.ref)]))
        for person in team.values()
    ]
    found: dict[int | None, list[Member]] = {None: waiting}
    for track_id, by_person in rows.items():
        found[track_id] = [
            _member(person, by_person.get(pk), why_barred[str(person.ref)])
            for pk, person in team.items()
        ]
    return found


def _member(person, access: MemberAccess | None, lacking: list[str]) -> Member:
    if access is None:
        return Member(
            str(person),
            str(person.ref),
            None,
            None,
            " ".join(lacking) or _("n'est pas encore ouvert"),
        )
    why = ""
    if access.cut_at is not None:
        why = " ".join(lacking) or str(CUT.get(access.cut_because, access.cut_because))
    return Member(str(person), str(person.ref), access.opened_at, access.cut_at, why)


def period_of(demand: Request) -> Period | None:
    """The access period of `demand`; None before the authorisation."""
    found = getattr(demand, "access_period", None)
    if found is None:
        return None
    return Period(
        found.months,
        found.starts_on,
        found.ends_on,
        found.ended_on,
        found.site_by_site,
        found.linkage,
    )


def may_choose_opening(demand: Request, reader: Reader) -> bool:
    """Whether the reader says when the accesses open: the holder, while sites still deliver."""
    return (
        reader.holder
        and demand.case.state in ("authorised", "access")
        and demand.case.tracks.filter(kind="site", status__in=LAUNCHED_FROM).exists()
    )


def may_speak(demand: Request, reader: Reader) -> bool:
    """Whether the holder may be heard: before a revocation or a closure in default."""
    return reader.holder and demand.case.state in ("suspended", "access", "results")


def may_record_hearing(demand: Request, reader: Reader) -> bool:
    """Whether the reader may write that the holder was heard: themselves, or a case officer."""
    if may_speak(demand, reader):
        return True
    return demand.case.state in ("suspended", "access", "results") and reader.may(
        Permission.EXAMINE_REQUESTS
    )


def results_due(demand: Request, months: int = 18) -> date | None:
    """When the results are due; None while access lasts, or once the request is closed."""
    period = getattr(demand, "access_period", None)
    if demand.case.state == "closed" or period is None or period.ended_on is None:
        return None
    return months_later(period.ended_on, months)


def hearings_of(demand: Request):
    """What the holder said before a decision, newest first."""
    return demand.case.records.filter(kind="hearing").select_related("by").order_by("-at")


def catalogue_changes(request: Request) -> list[Shown]:
    """What changed in the descriptions of the datasets asked since the deposit, newest
    first; nothing before a deposit. Four queries."""
    deposit = request.case.decisions.filter(step="submit").order_by("index").first()
    if deposit is None:
        return []
    return changed_since(
        request.asked_sites.values_list("establishment", flat=True),
        request.asked_variables.values_list("variable", flat=True),
        deposit.at,
    )
