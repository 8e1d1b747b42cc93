"""What a page does with the answer of a domain function."""

from collections.abc import Callable

from django.core.exceptions import ValidationError


def accepted(form, act: Callable[[], object]) -> bool:
    """Run ``act``; put what it refuses beside the fields of ``form``. Whether it was accepted.

    A refusal about a field that the form does not show is said above it.
    """
    try:
        act()
    except ValidationError as refusal:
        if not hasattr(refusal, "error_dict"):
            form.add_error(None, refusal)
            return False
        for field, errors in refusal.error_dict.items():
            form.add_error(field if field in form.fields else None, errors)
        return False
    return True
