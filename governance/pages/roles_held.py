"""The roles of the person who asks for a page, read once for all that the page shows."""

from django.utils import timezone

from governance.queries.people import roles_of


def roles_held(request) -> list[tuple[str, str | None]]:
    """What `roles_of` says of the person signed in, when the page was asked for. One query the
    first time."""
    if not hasattr(request, "_roles_held"):
        request._roles_held = roles_of(request.user, timezone.now())
    return request._roles_held
