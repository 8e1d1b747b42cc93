"""The second factor: who must have one, who has one, and its reset by a local administrator."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction

from governance.domain.audit import record
from governance.permissions import places_of
from governance.queries.people import is_staff, roles_of
from governance.roles import Permission
from portal.accounts.sessions import end_sessions


def has_totp(person) -> bool:
    """Whether a one-time code is set up on the account."""
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


def has_address_to_verify(person) -> bool:
    """Whether an address of the account is unverified: no second factor is set up until then."""
    return person.emailaddress_set.filter(verified=False).exists()


def must_set_up(person, at: datetime) -> bool:
    """Whether ``person`` acts for others (a staff role, the admin) and has no one-time code yet."""
    acts = person.is_staff or person.is_superuser or is_staff(person, at)
    return acts and not has_totp(person)


def may_reset(by, person, at: datetime) -> bool:
    """Whether ``by`` administers a place where ``person`` has a role, and is somebody else.

    A network administrator may for everyone. Nobody resets their own second factor: whoever stole
    a session could.
    """
    if by.pk == person.pk:
        return False
    places = places_of(by, Permission.MANAGE_PEOPLE, at=at)
    if None in places:
        return True
    theirs = {where for _role, where in roles_of(person, at)}
    # A person with a network role is out of a local administrator's hands.
    return None not in theirs and bool(places & theirs)


@transaction.atomic
def reset_second_factor(*, person, by, at: datetime) -> int:
    """Remove every second factor and recovery code of ``person``; return how many.

    For a lost telephone: the person signs in again with their password and sets up another one
    before any staff page opens. Their sessions end at once. Raises PermissionDenied unless
    ``may_reset``. Audited as ``second_factor.reset``.
    """
    if not may_reset(by, person, at):
        raise PermissionDenied("second_factor")
    removed, _models = Authenticator.objects.filter(user=person).delete()
    end_sessions(person)
    shared = {where for _role, where in roles_of(person, at)} & places_of(
        by, Permission.MANAGE_PEOPLE, at=at
    )
    record(
        "second_factor.reset",
        by=by,
        at=at,
        subject_type="person",
        subject_ref=person.ref,
        establishment=min(shared - {None}, default=None),
        details={"removed": removed},
    )
    return removed
