"""Who may do what by their roles. Steps of the process are judged by the engine, not here."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from governance.queries.people import roles_of, slug_of
from governance.roles import Permission, roles_with


def may(person, permission: Permission | str, establishment=None, *, at: datetime | None = None):
    """Whether a role of ``person`` opens ``permission`` at ``establishment`` (object or slug).

    A network role opens it everywhere; without ``establishment``, only a network role does. ``at``
    is now unless said.
    """
    codes = roles_with(Permission(permission))
    place = slug_of(establishment)
    held = roles_of(person, at or timezone.now())
    return any(role in codes and (where is None or where == place) for role, where in held)


def may_somewhere(person, permission: Permission | str, *, at: datetime | None = None) -> bool:
    """Whether a role of ``person`` opens ``permission`` at one establishment at least."""
    return bool(places_of(person, permission, at=at))


def places_of(
    person, permission: Permission | str, *, at: datetime | None = None
) -> set[str | None]:
    """Where ``person`` has ``permission``: slugs, and None for the whole network."""
    codes = roles_with(Permission(permission))
    return {where for role, where in roles_of(person, at or timezone.now()) if role in codes}


def require(person, permission: Permission | str, establishment=None, *, at: datetime) -> None:
    """Raise PermissionDenied unless ``may`` says yes."""
    if not may(person, permission, establishment, at=at):
        raise PermissionDenied(str(permission))
