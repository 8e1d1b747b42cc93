"""Public figures, read again every hour and kept: the same for every reader, on pages and in the
API alike."""

from django.core.cache import cache
from django.utils import timezone

from governance.process.measured import Measured, measured
from governance.process.table import REQUEST
from projects.queries import alike
from projects.queries.outputs import delays_of_checks

KEPT_SECONDS = 3600


def delays_measured() -> dict[str, Measured]:
    """How long each clock of a request lasts in fact. One query an hour."""
    return cache.get_or_set(
        "measured-delays", lambda: measured(REQUEST, at=timezone.now()), KEPT_SECONDS
    )


def alike_figures() -> alike.Figures:
    """Delays and answers by kind of requester, establishment and step. Three queries an hour."""
    return cache.get_or_set(
        "alike-figures", lambda: alike.figures(REQUEST, at=timezone.now()), KEPT_SECONDS
    )


def checks_measured() -> Measured:
    """How long what must leave the working spaces waits for its answer. One query an hour."""
    return cache.get_or_set(
        "measured-checks", lambda: delays_of_checks(timezone.now()), KEPT_SECONDS
    )
