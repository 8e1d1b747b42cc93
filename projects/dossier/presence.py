"""Who has a request open: two reviewers who open it see each other. A hint kept in the cache."""

from datetime import datetime

from django.core.cache import cache

from projects.models import Request

SECONDS = 180
"""How long somebody is shown after the last page of the request that they opened."""


def _key(request: Request) -> str:
    return f"presence:{request.pk}"


def open_by(request: Request, person, at: datetime) -> list[str]:
    """The names of the others who have `request` open, and note that `person` has."""
    seen = cache.get(_key(request)) or {}
    here = {
        pk: (name, since) for pk, (name, since) in seen.items() if at.timestamp() - since < SECONDS
    }
    others = sorted(name for pk, (name, _since) in here.items() if pk != person.pk)
    cache.set(_key(request), here | {person.pk: (str(person), at.timestamp())}, SECONDS)
    return others
