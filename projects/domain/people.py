"""People by what is kept of them elsewhere: their random reference, their address."""

from django.contrib.auth import get_user_model


def person_of(ref: str):
    """The person of that reference. Raises DoesNotExist."""
    return get_user_model().objects.get(ref=ref)


def person_at(email: str):
    """The active person of that address; None when nobody has it."""
    return get_user_model().objects.filter(email=email.strip().lower(), is_active=True).first()
