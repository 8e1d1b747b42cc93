"""People by what is kept of them elsewhere: their random reference, their address."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model


def person_of(ref: str):
    """The person of that reference. Raises DoesNotExist."""
    return get_user_model().objects.get(ref=ref)


def people_of(refs: Iterable[str]) -> dict:
    """The persons of those references, by reference."""
    return {str(p.ref): p for p in get_user_model().objects.filter(ref__in=set(refs))}


def person_at(email: str):
    """The active person of that address; None when nobody has it."""
    return get_user_model().objects.filter(email=email.strip().lower(), is_active=True).first()
