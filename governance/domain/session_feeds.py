"""The secret address of a person's calendar of sessions.

Calendars do not sign in: whoever knows the address reads when a committee meets, and nothing of
what it looks at. Only the hash of the secret is kept: it is shown once, when it is made; making
another one, or taking it back, stops the former.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import Mandate, Session, SessionFeed
from governance.permissions import places_of
from governance.roles import Permission

KEPT = timedelta(days=365)
"""How long a past session stays in the calendar."""


@transaction.atomic
def make_feed(person, *, at: datetime) -> str:
    """Give `person` a new secret, in place of the former one if any; returns it."""
    secret = secrets.token_urlsafe(32)
    SessionFeed.objects.update_or_create(
        person=person, defaults={"secret_sha256": _hashed(secret), "made_at": at}
    )
    return secret


def take_back(person) -> None:
    """Stop the calendar of `person`. Harmless twice."""
    SessionFeed.objects.filter(person=person).delete()


def reader_of(secret: str):
    """The person whose secret it is, still active; None for nobody's."""
    found = SessionFeed.objects.select_related("person").filter(
        secret_sha256=_hashed(secret), person__is_active=True
    )
    feed = found.first()
    return feed.person if feed else None


def follows(person, *, at: datetime) -> bool:
    """Whether a calendar of sessions is of use to `person`: they sit, or keep a committee."""
    return person.mandates.exists() or bool(places_of(person, Permission.COMPOSE_SESSIONS, at=at))


def sessions_of(person, *, at: datetime) -> QuerySet[Session]:
    """The sessions at which `person` has a seat on the day, and those of the committees they keep,
    from a year ago on."""
    seats = Mandate.objects.filter(
        Q(until__isnull=True) | Q(until__gte=OuterRef("starts_at__date")),
        body=OuterRef("body"),
        person=person,
        since__lte=OuterRef("starts_at__date"),
    )
    places = places_of(person, Permission.COMPOSE_SESSIONS, at=at)
    mine = Q(Exists(seats)) | Q(body__establishment__in=places - {None})
    if None in places:
        mine = Q(pk__isnull=False)
    return (
        Session.objects.filter(mine)
        .filter(starts_at__gte=at - KEPT)
        .select_related("body")
        .order_by("starts_at", "pk")
    )


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
