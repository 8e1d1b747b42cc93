"""Whom a charter binds: the network's version, all those it speaks to; the version of one
establishment, the teams of the requests that it leads and those who supply its data."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet

from governance.charters import local_versions
from governance.charters.facts import today
from governance.charters.library import Adopted
from governance.models.case import Participation
from governance.models.commitment import CharterSignature
from governance.models.establishment import Establishment
from governance.models.role import RoleGrant
from governance.process.table import ENDED, REQUEST

USER_CHARTER = "utilisateur"
SUPPLIERS = ("producer", "data_engineer")
"""The roles that the producers' charter binds."""


def bound_by(charter: str, at: datetime, establishment: str | None = None) -> QuerySet:
    """The active persons whom a charter binds: the user's, those who signed it or are of a team;
    the producers', those who supply data.

    With an ``establishment`` (its slug), those whom its own version does: of the team of a request
    that it leads and that is not ended; who supply data there.
    """
    people = get_user_model().objects.filter(is_active=True)
    if charter != USER_CHARTER:
        grants = RoleGrant.objects.valid(at).filter(person=OuterRef("pk"), role__in=SUPPLIERS)
        there = grants if establishment is None else grants.covering(establishment)
        return people.filter(Exists(there))
    team = _teams(at).filter(person=OuterRef("pk"))
    if establishment is not None:
        return people.filter(Exists(_running(team).filter(case__lead=establishment)))
    signed = CharterSignature.objects.filter(person=OuterRef("pk"), charter=charter)
    return people.filter(Exists(signed) | Exists(team))


def local_versions_for(
    person, roles: list[tuple[str, str | None]], at: datetime
) -> list[tuple[Adopted, Establishment]]:
    """The versions of establishments that bind ``person``, who holds ``roles`` at ``at`` (as
    ``roles_of`` gives them), each with its establishment. One query; none where no establishment
    has its own."""
    asked = local_versions(today(at))
    if not asked:
        return []
    places = Establishment.objects.filter(pk__in={each.establishment for each in asked})
    team = _teams(at).filter(person=person, case__lead=OuterRef("pk"))
    found = places.annotate(of_team=Exists(_running(team))).in_bulk()
    supplied = {where for role, where in roles if role in SUPPLIERS}
    return [
        (each, place)
        for each in asked
        for place in [found[each.establishment]]
        if (
            place.of_team
            if each.charter == USER_CHARTER
            else not supplied.isdisjoint({None, place.pk})
        )
    ]


def _teams(at: datetime) -> QuerySet[Participation]:
    return Participation.objects.valid(at).filter(part__in=Participation.TEAM)


def _running(parts: QuerySet[Participation]) -> QuerySet[Participation]:
    return parts.filter(case__process=REQUEST.code).exclude(case__state__in=ENDED)
