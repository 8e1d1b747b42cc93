"""The people of a journey's network beyond the demonstration's named ones, and how they come in.

The one-click page lists the named accounts alone; the others, staff of the other hospitals and
members of the committee, come in by a session made for them, as that page makes one.
"""

import string
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.utils.crypto import get_random_string

from portal.accounts.demonstration import ACCOUNTS, MARK
from portal.accounts.models import User
from portal.views.demonstration import BACKEND
from projects.demonstration import network
from tests.journeys.portal import Portal

NAMED = frozenset(f"{each.first_name} {each.last_name}" for each in ACCOUNTS)
"""Those that the one-click page lists."""


def staff_every_establishment(*, at: datetime) -> None:
    """Give each establishment the staff it lacks, its delegate with a delegation."""
    for slug, *_names in network.ESTABLISHMENTS:
        for role in network.STAFF:
            network.staff(role, slug, at=at)


def who_holds(portal: Portal, role: str, slug: str | None) -> str:
    """The name of who holds `role` at that establishment, or in the network (None)."""
    found = portal.rows(
        "SELECT p.first_name, p.last_name FROM governance_rolegrant g"
        " JOIN accounts_user p ON p.id = g.person_id"
        " WHERE g.role = %s AND g.establishment_id IS NOT DISTINCT FROM %s"
        " ORDER BY g.id LIMIT 1",
        role,
        slug,
    )
    assert found, f"nobody is {role} at {slug}"
    return " ".join(found[0])


def who_sits(portal: Portal) -> list[str]:
    """The names of the committee's members, the chair first."""
    found = portal.rows(
        "SELECT p.first_name, p.last_name FROM governance_mandate m"
        " JOIN accounts_user p ON p.id = m.person_id ORDER BY m.chair DESC, m.id"
    )
    return [" ".join(names) for names in found]


def session_cookie(portal: Portal, name: str) -> dict:
    """The cookie of a session made for the person of that name, at the portal's date."""
    ((pk, password, era),) = portal.rows(
        "SELECT id, password, session_era FROM accounts_user"
        " WHERE concat_ws(' ', first_name, last_name) = %s",
        name,
    )
    person = User(pk=pk, password=password, session_era=era)
    content = {
        SESSION_KEY: str(pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: person.get_session_auth_hash(),
        MARK: True,
    }
    key = get_random_string(32, string.ascii_lowercase + string.digits)
    until = portal.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    portal.rows(
        "INSERT INTO django_session (session_key, session_data, expire_date)"
        " VALUES (%s, %s, %s) RETURNING session_key",
        key,
        SessionStore().encode(content),
        until,
    )
    return {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": portal.address}
