"""What a page does with the answer of a domain function."""

from collections.abc import Callable

from django.core.exceptions import ValidationError


def posted(request) -> dict | None:
    """What was posted, for a form; None when the page was only asked for."""
    return request.POST if request.method == "POST" else None


def accepted(form, act: Callable[[], object]) -> bool:
    """Run ``act`` when ``form`` was sent and is valid; whether it went through.

    What ``act`` refuses (ValidationError) is said beside the fields of ``form``; a refusal about a
    field that the form does not show is said above it.
    """
    if not form.is_valid():
        return False
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
