"""People and places, in a line each."""

from datetime import UTC, datetime, timedelta
from itertools import count

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model

from governance.domain.delegations import record_delegation
from governance.domain.roles import grant_role
from governance.models.establishment import Establishment

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PASSWORD = "un long mot de passe 2026"
_number = count(1)


def establishment(slug="chu-rennes", **fields) -> Establishment:
    """The establishment of that slug, made if it is not there."""
    label = slug.replace("-", " ").upper()
    fields = {"name": f"Hôpital {label}", "short_name": label, "kind": "chu"} | fields
    return Establishment.objects.get_or_create(slug=slug, defaults=fields)[0]


def person(*roles, email=None, password=None, **fields):
    """A person. ``roles``: codes (held in the network), or pairs (code, establishment's slug)."""
    email = email or f"personne{next(_number)}@hopital.example"
    fields = {"first_name": "Anne", "last_name": "Le Goff"} | fields
    made = get_user_model().objects.create_user(email, password=password, **fields)
    for role in roles:
        give(made, *([role] if isinstance(role, str) else role))
    return made


def sign_in(client, someone) -> None:
    """Sign `someone` in at a test client, the second factor that staff need set up."""
    Authenticator.objects.get_or_create(
        user=someone, type=Authenticator.Type.TOTP, defaults={"data": {}}
    )
    client.force_login(someone)


def give(someone, role, slug=None, *, since=NOW - 365 * DAY, until=None):
    """Grant a role, as the seed does: by the system, since a year before ``NOW``."""
    place = establishment(slug) if slug else None
    return grant_role(
        person=someone, role=role, establishment=place, since=since, until=until, by=None, at=since
    )


def delegate(someone, slug, *steps, since=NOW - 30 * DAY, until=NOW + 300 * DAY):
    """Record a delegation of signature, as the seed does."""
    return record_delegation(
        establishment=establishment(slug),
        person=someone,
        steps=steps,
        since=since,
        until=until,
        act_reference="DS-2026-001",
        by=None,
        at=since,
    )
