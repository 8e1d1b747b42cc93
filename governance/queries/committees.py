"""Committees and their sessions as people read them. Queries do not grow with the rows."""

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from governance.charters.facts import today
from governance.models import Body, Mandate, Session
from governance.models.committee import Seat
from governance.permissions import places_of
from governance.roles import Permission

SEATS = {
    Seat.SCIENCE: gettext_lazy("Science"),
    Seat.ETHICS: gettext_lazy("Éthique"),
    Seat.LAW: gettext_lazy("Droit"),
    Seat.METHOD: gettext_lazy("Méthode"),
    Seat.CARE: gettext_lazy("Soin"),
    Seat.PATIENTS: gettext_lazy("Représentant des patients"),
}


def bodies_read_by(person, at: datetime) -> QuerySet[Body]:
    """The committees whose sessions `person` reads: those where they sit, those of the places where
    a role lets them; the network's for whoever reads sessions anywhere."""
    places = places_of(person, Permission.READ_SESSIONS, at=at)
    day = today(at)
    sits = Mandate.objects.filter(body=OuterRef("pk"), person=person, since__lte=day).filter(
        Q(until__isnull=True) | Q(until__gte=day)
    )
    read = Q(Exists(sits))
    if None in places:
        read |= Q(pk__isnull=False)
    elif places:
        read |= Q(establishment__isnull=True) | Q(establishment__in=places)
    return Body.objects.filter(read).order_by("establishment__position", "name")


def bodies_known_to(person, at: datetime) -> QuerySet[Body]:
    """The committees whose rules and members `person` reads: those whose sessions they read, and
    those of the places where they administer people."""
    known = Q(pk__in=bodies_read_by(person, at).values("pk"))
    places = places_of(person, Permission.MANAGE_PEOPLE, at=at)
    if None in places:
        known = Q(pk__isnull=False)
    elif places:
        known |= Q(establishment__in=places)
    return (
        Body.objects.filter(known)
        .select_related("establishment")
        .order_by("establishment__position", "name")
    )


def sessions_of(bodies: QuerySet[Body]) -> QuerySet[Session]:
    """Their sessions, with how many items each has and how many have their opinion."""
    return (
        Session.objects.filter(body__in=bodies)
        .select_related("body")
        .annotate(
            points=Count("items"), given=Count("items", filter=Q(items__decision__isnull=False))
        )
    )


def members_of(body: Body, day) -> QuerySet[Mandate]:
    """The seats of a committee on a day: the chair first, then by name."""
    return (
        body.mandates.filter(since__lte=day)
        .filter(Q(until__isnull=True) | Q(until__gte=day))
        .select_related("person", "stands_in_for__person")
        .order_by("-chair", "person__last_name", "person__first_name", "pk")
    )


def members_at(session: Session) -> QuerySet[Mandate]:
    """The seats of the session's committee on its day: the chair first, then by name."""
    return members_of(session.body, today(session.starts_at))
