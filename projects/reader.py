"""Who reads one request, and in what quality: parts in its team, roles where it is examined."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.core.cache import cache

from governance.domain.audit import record_reading
from governance.models import Participation
from governance.process.standing import Bench
from governance.roles import ROLES, Permission, roles_with
from projects.models import Request
from projects.permissions import NOTES

READING_SECONDS = 3600
"""Within an hour, the pages of one request that one person opens are one reading."""


@dataclass(frozen=True)
class Reader:
    """A person before a request. `roles` are those held at its lead, at an establishment it asks,
    or for the network, and of a judge that the network lends it; `grants` are the same
    with their establishment (None: the network)."""

    person: object
    parts: frozenset[str]
    grants: frozenset[tuple[str, str | None]]

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(role for role, _place in self.grants)

    @property
    def on_team(self) -> bool:
        """Whether the request's interest is theirs: then they review nothing of it."""
        return bool(self.parts & set(Participation.TEAM))

    @property
    def holder(self) -> bool:
        return Participation.Part.HOLDER in self.parts

    @property
    def writes(self) -> bool:
        """Whether they write in the dossier, its state allowing."""
        return bool(self.parts & {Participation.Part.HOLDER, Participation.Part.WRITER})

    @property
    def reads_notes(self) -> bool:
        """Whether internal notes are theirs to read and write: never the team's."""
        return not self.on_team and bool(self.roles & set(NOTES))

    def may(self, permission: Permission) -> bool:
        """Whether a role held here opens `permission`; never to a member of the team."""
        return not self.on_team and bool(self.roles & roles_with(permission))

    @property
    def quality(self) -> str:
        """The code of the quality in which they read, for the log of readings."""
        if self.parts:
            return min(self.parts)
        return next((code for code in ROLES if code in self.roles), "")


def reader_of(request: Request, person, at: datetime) -> Reader:
    """What `person` is to `request` at `at`. Three queries."""
    return reader_on(Bench(person, request.case, at), request.case.tracks.all())


def reader_on(bench: Bench, tracks) -> Reader:
    """The same, of what is already read of the person and of the case's tracks."""
    places = {t.establishment_id for t in tracks if t.kind == "site"} | {bench.case.lead_id, None}
    grants = frozenset(grant for grant in bench.grants if grant[1] in places)
    if not grants and not bench.was_in_team:
        grants = frozenset(bench.pool_grants)
    return Reader(bench.person, frozenset(bench.parts), grants)


def log_reading(request: Request, reader: Reader, at: datetime) -> None:
    """Write that somebody outside the team read the request, once an hour at the most."""
    if reader.on_team:
        return
    if cache.add(f"reading:{request.pk}:{reader.person.pk}", 1, READING_SECONDS):
        record_reading(
            by=reader.person,
            at=at,
            subject_type="request",
            subject_ref=request.pk,
            as_role=reader.quality,
        )
