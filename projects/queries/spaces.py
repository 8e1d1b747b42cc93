"""What is read of working spaces: how each stands in words, who came in, what can be done of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import SiteOrder
from governance.models.case import Track
from projects.domain.spaces import ACCESS_OVER
from projects.models import Certificate, Request, Space, SpaceVisit
from projects.queries.endings import ENDS
from projects.reader import Reader

UNDER_WAY = {
    "open": _("Ouverture en cours"),
    "cut": _("Fermeture en cours"),
    "destroyed": _("Destruction en cours"),
}
"""What is said of a space while its site has not answered an order yet."""
MEMBERS_UNDER_WAY = _("Mise à jour des accès en cours")
STANDS = {
    Space.State.ASKED: ("wait", _("Pas encore ouvert")),
    Space.State.OPEN: ("done", _("Ouvert")),
    Space.State.CUT: ("stop", _("Fermé")),
    Space.State.DESTROYED: ("neutral", _("Détruit")),
}
"""The kind of chip and the words of each state."""
READY = _("Prêt, ouvert à personne")
FAILED = {
    "open": _("Le site n'a pas pu l'ouvrir"),
    "cut": _("Le site n'a pas pu le fermer"),
    "destroyed": _("Le site n'a pas pu le détruire"),
}
MEMBERS_FAILED = _("Le site n'a pas pu mettre les accès à jour")
BECAUSE = {
    "block": _("l'accès est suspendu"),
    "revoke": _("l'autorisation est retirée"),
    "end_access": _("l'accès a pris fin"),
    "withdraw": _("la demande est retirée"),
    "drop": _("la demande est sans suite"),
    "over": _("la durée accordée est terminée : le site l'a fermé de lui-même"),
    "C-02": _("l'information des patients de cet hôpital est à compléter"),
    "C-03": _("des oppositions attendent dans cet hôpital"),
    "P-13": _("la base légale de l'entrepôt de cet hôpital a pris fin"),
}
"""Why a space is cut, and so the accesses to it, by its code."""

SEES_ALL = ("case_officer", "dpo", "network_coordinator")
"""The roles of the CDC that read who came in any space of a request they follow."""
SEES_ITS_OWN = ("data_engineer", "methodologist", "delegate")
"""Those that read it of the space of their establishment, beside its case officer and its DPO."""
MOST_VISITS = 400
"""Visits that are read of a request, the latest."""


@dataclass(frozen=True)
class SpaceSeen:
    """The space of one establishment as a reader sees it; `visits` are those they may see, `own`
    whether only theirs; `retry` and `destroy` are the acts of the reader; `enters` whether they are
    of the team that works there."""

    space: Space
    members: int
    handed: int
    retry: bool
    destroy: bool
    visits: list[SpaceVisit] = field(default_factory=list)
    sees_visits: bool = False
    own: bool = False
    enters: bool = False

    @property
    def wanted(self) -> str:
        """What was last ordered: open, cut, destroyed."""
        return self.space.order.body["state"] if self.space.order else ""

    @property
    def live(self) -> bool:
        """Whether its site has an order to answer."""
        return self.space.order is not None and self.space.order.state in SiteOrder.LIVE

    @property
    def kind(self) -> str:
        if self.space.problem:
            return "stop"
        return "wait" if self.live else STANDS[self.space.state][0]

    @property
    def label(self) -> Promise:
        told = self.wanted == self.space.state == Space.State.OPEN
        if self.space.problem and self.wanted:
            return MEMBERS_FAILED if told else FAILED[self.wanted]
        if self.live:
            return MEMBERS_UNDER_WAY if told else UNDER_WAY[self.wanted]
        if self.space.state == Space.State.OPEN and not self.members:
            return READY
        return STANDS[self.space.state][1]

    @property
    def because(self) -> str:
        """Why it is cut; empty when it is not."""
        if self.space.state != Space.State.CUT:
            return ""
        return str(BECAUSE.get(self.space.because, self.space.because))

    @property
    def problem(self) -> str:
        """What the site said of the order that failed."""
        code = self.space.problem
        return str(ENDS.get(code, ENDS["internal"])) if code else ""

    @property
    def takes_accounts(self) -> bool:
        """Whether its site's people write there which account each member is, by reference."""
        return self.space.state != Space.State.DESTROYED


def spaces_of(
    request: Request, reader: Reader, tracks: Iterable[Track], engineers: set[int]
) -> dict[int, SpaceSeen]:
    """The spaces of a request by track, as `reader` sees them; `engineers` are the tracks whose
    data engineer they are. Two queries at the most, whatever the number of establishments."""
    found = Space.objects.filter(track__in=[track.pk for track in tracks])
    by_track = {space.track_id: space for space in found.select_related("order")}
    if not by_track:
        return {}
    visits = _visits(request, reader)
    over = request.case.state in ACCESS_OVER
    seen = {}
    for track in tracks:
        space = by_track.get(track.pk)
        if space is None or (space.order is None and not space.problem):
            continue
        engineer = track.pk in engineers
        sees = sees_visits(reader, track)
        seen[track.pk] = SpaceSeen(
            space=space,
            members=len(space.order.body["members"]) if space.order else 0,
            handed=_handed(track),
            retry=engineer and bool(space.problem),
            destroy=engineer
            and over
            and not space.destroying
            and space.state != Space.State.DESTROYED
            and space.order is not None,
            visits=visits[track.pk] if sees or reader.on_team else [],
            sees_visits=sees or reader.on_team,
            own=not sees,
            enters=reader.on_team and space.state == Space.State.OPEN,
        )
    return seen


def sees_visits(reader: Reader, track: Track) -> bool:
    """Whether the reader sees who came in the space of an establishment: who carries the request,
    the CDC that follows it, the establishment. A member sees when they came themselves."""
    if reader.on_team:
        return reader.holder
    here = (None, track.establishment_id)
    return any(
        role in SEES_ALL or (role in SEES_ITS_OWN and where in here)
        for role, where in reader.grants
    )


def _visits(request: Request, reader: Reader) -> dict[int, list[SpaceVisit]]:
    rows = SpaceVisit.objects.filter(space__track__case=request.case).select_related("person")
    if reader.on_team and not reader.holder:
        rows = rows.filter(person=reader.person)
    found = defaultdict(list)
    for row in rows.order_by("-day", "-last_at")[:MOST_VISITS]:
        found[row.space_id].append(row)
    return found


def _handed(track: Track) -> int:
    """How many copies went out of the space, as the certificate of its destruction says; zero once
    a person attested that they are destroyed."""
    given = {each.kind: each for each in track.certificates.all()}
    destroyed = given.get(Certificate.Kind.SPACE_DESTROYED)
    if destroyed is None or Certificate.Kind.COPIES_DESTROYED in given:
        return 0
    said = (destroyed.statement or [{}])[0].get("handed", 0)
    return said if isinstance(said, int) else 0


def destruction_asked() -> Exists:
    """Of tracks, those whose space is being destroyed: nothing is left for a person to do."""
    return Exists(Space.objects.destroying().filter(track=OuterRef("pk")))


def certificate_of(request: Request, pk: int) -> Certificate | None:
    """The certificate of a request that its site signed; None when there is none."""
    return (
        Certificate.objects.filter(track__case=request.case, pk=pk, statement__isnull=False)
        .select_related("track")
        .first()
    )
