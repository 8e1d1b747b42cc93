"""The versions of charters that were adopted, read without a query at each turn.

A text adopted never changes: it is read once a process. The list of versions is kept in the cache
and forgotten when one is adopted (``forget``); without a cache it is read where it stands, and
without a database there are only the versions shipped.
"""

import structlog
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, connection
from redis.exceptions import RedisError

from governance.charters.library import Adopted
from governance.models.adoption import Adoption

log = structlog.get_logger(__name__)

KEY, SECONDS = "charters-adopted", 3600
COLUMNS = (
    "charter",
    "version",
    "in_force_from",
    "text_sha256",
    "establishment",
    "sign_by",
)


class AdoptedTexts:
    """The library of the portal: rows of ``Adoption``."""

    def adopted(self) -> tuple[Adopted, ...]:
        try:
            kept = cache.get(KEY)
        except RedisError:
            return _read_if_any()[0]
        if kept is None:
            kept, found = _read_if_any()
            # Within a transaction what is read may never be committed: it is not kept.
            if found and not connection.in_atomic_block:
                cache.set(KEY, kept, SECONDS)
        return kept

    def text(self, charter: str, version: str) -> str:
        found = Adoption.objects.filter(charter=charter, version=version)
        text = found.values_list("text", flat=True).first()
        if text is None:
            raise KeyError(version)
        return text


def forget() -> None:
    """Have the list of versions be read again: one was adopted."""
    try:
        cache.delete(KEY)
    except RedisError:
        # Other processes go on with the list they have for SECONDS at most.
        log.warning("charters_list_not_forgotten")


def read_adopted() -> tuple[Adopted, ...]:
    """The versions adopted, read where they stand: one query."""
    return tuple(Adopted(*row) for row in Adoption.objects.values_list(*COLUMNS))


def _read_if_any() -> tuple[tuple[Adopted, ...], bool]:
    """The versions adopted, and whether there was a database to ask.

    Inside a transaction a failure is one: what is being decided is not judged by guesswork.
    """
    try:
        return read_adopted(), True
    except (DatabaseError, InterfaceError, ImproperlyConfigured):
        if connection.in_atomic_block:
            raise
        log.warning("charters_read_without_a_database")
        return (), False
