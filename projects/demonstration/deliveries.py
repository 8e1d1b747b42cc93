"""Extractions and working spaces of the demonstration: the sites' own program, run here at instants
of the past.

Order, warehouse, files, manifest and signatures are the real ones; what differs from a site that
runs is that nothing travels by the broker, and that the clock is handed in.
"""

from datetime import datetime
from functools import partial

from django.conf import settings

from catalog.domain.demonstration_sites import third_party_folder
from catalog.domain.reports import receive_report
from catalog.models import SiteOrder
from catalog.orders import ReportRefused
from catalog.site.program import Program
from catalog.site.reports import Answer
from catalog.site.settings import load
from catalog.third_party.program import ThirdParty
from governance.models.case import Case, Track
from projects.domain import spaces
from projects.domain.extractions import launch
from projects.models import Extraction, Space


def extract(track: Track, *, by, at: datetime) -> Extraction:
    """Launch the extraction of `track`'s establishment and have its program carry it out at `at`.

    The site must be provisioned on this machine (`catalog.domain.demonstration_sites`).
    """
    extraction = launch(track, by=by, at=at)
    carry_out(extraction.order, at)
    extraction.refresh_from_db()
    return extraction


def keep_spaces(case: Case, *, at: datetime) -> None:
    """Have the working spaces of `case` be what they must at `at`, where the site is here."""
    for order in spaces.follow_case(case, at=at):
        carry_out(order, at)


def destroy_space(track: Track, *, by, at: datetime) -> bool:
    """Have the working space of `track` destroyed by its site's program; whether it has one."""
    if not Space.objects.filter(track=track, order__isnull=False).exists():
        return False
    carry_out(spaces.destroy(track, by=by, at=at), at)
    return True


def is_here(slug: str) -> bool:
    """Whether the program of that establishment stands on this machine."""
    return (settings.SITES_ROOT / slug / "settings.toml").exists()


def carry_out(order: SiteOrder, at: datetime) -> None:
    """Have the program of the order's establishment carry it out at `at`, and hear its reports."""
    slug = order.establishment_id
    program = Program(
        load(slug, folder=settings.SITES_ROOT / slug, environment={}),
        clock=lambda: at,
        post=partial(_post, slug, at),
        ask=partial(_ask, at),
    )
    program.receive(order.envelope)
    program.reports.send()


def _ask(at: datetime, _address: str, slug: str, envelope: dict, sealed: bytes) -> bytes:
    """The trusted third party's answer, its own program run here."""
    return ThirdParty(third_party_folder(), clock=lambda: at).answer(slug, envelope, sealed)


def _post(slug: str, at: datetime, payload: bytes, signature: str) -> Answer:
    try:
        receive_report(payload, site=slug, signature=signature, at=at)
    except ReportRefused:
        return Answer.REFUSED
    return Answer.TAKEN
