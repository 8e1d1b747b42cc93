"""What surrounds every page of one request: its top, its path, what lacks, its next step.

A page of a request calls `visible_request`, then renders a template that extends
`projects/frame.html` with `frame_context(…) | {its own}`.
"""

import re
import uuid
from copy import copy
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.models import Case
from governance.pages.roles_held import roles_held
from governance.process.outlook import Outlook
from governance.process.standing import Bench
from governance.queries.written_once import written_once
from projects.dossier import presence
from projects.models import Handler, Request
from projects.permissions import Sight, sight_values
from projects.queries.overview import (
    lacking,
    next_action,
    page_address,
    path_steps,
    ref_of,
    state_chip,
    steps_for,
    who_next,
)
from projects.reader import log_reading, reader_on

NUMBER = re.compile(r"\d{4}-\d{4,7}", re.ASCII)


def visible_request(http_request: HttpRequest, ref: str) -> Request:
    """The request that `ref` (its number, or its identifier) names, as the person signed in may see
    it: what they may not see does not exist (Http404).

    Carries its `reader`, its `outlook` (where it can go) and its `bench` (what the person may
    take). A reading by somebody outside the team is logged.
    """
    now = timezone.now()
    (by_number, named), grants = _named(ref), roles_held(http_request)
    values = sight_values(http_request.user, now, grants)
    case = next(iter(_visible(Sight.of(grants), by_number, ref=named, values=values)), None)
    if case is None:
        raise Http404(ref)
    outlook = Outlook(case, now)
    # The request is the one that its facts read, apart from theirs, which holds what they add.
    found = copy(outlook.facts_for.rows.request)
    found.case, found.outlook = case, outlook
    found.bench = Bench(http_request.user, found.case, now, grants=grants)
    found.reader = reader_on(found.bench, found.outlook.tracks)
    if http_request.method == "GET":
        log_reading(found, found.reader, now)
    return found


def _named(ref: str) -> tuple[bool, str | uuid.UUID]:
    """Whether `ref` is a number, and what it is."""
    if NUMBER.fullmatch(ref):
        return True, ref
    try:
        return False, uuid.UUID(ref)
    except ValueError:
        raise Http404(ref) from None


@written_once
def _visible(sight: Sight, by_number: bool, *, ref, values) -> QuerySet[Case]:
    named = Q(number=ref) if by_number else Q(pk=ref)
    seen = Case.objects.filter(sight.seen("", values), named, process="request")
    return seen.select_related("lead")


def frame_context(
    demand: Request, person, at: datetime, *, tab: str = "dossier", own_action: bool = False
) -> dict:
    """What `projects/frame.html` shows around the tab `tab` (dossier, exchanges, decisions, data,
    results). With `own_action`, the page has a primary button of its own and the next step is
    shown without being one. `demand` is the request, `reader` what the person is to it."""
    reader, outlook = demand.reader, demand.outlook
    found = outlook.open_steps(person, demand.bench)
    steps = steps_for(found, demand.case.state)
    return {
        "demand": demand,
        "ref": ref_of(demand),
        "reader": reader,
        "outlook": outlook,
        "open": found,
        "steps": steps,
        "state": state_chip(demand.case.state),
        "handler": handler_of(demand),
        "others_here": [] if reader.on_team else presence.open_by(demand, person, at),
        "next": who_next(demand, reader, outlook),
        "path": path_steps(demand, outlook),
        "groups": lacking(demand, reader, outlook),
        "action": next_action(demand, reader, steps),
        "own_action": own_action,
        "tabs": _tabs(demand, reader, tab),
        "crumbs": _crumbs(reader),
    }


def handler_of(demand: Request) -> Handler | None:
    """Who holds the request on the CDC's side today."""
    return next(iter(_handlers(request=demand.pk)), None)


@written_once
def _handlers(*, request) -> QuerySet[Handler]:
    held = Handler.objects.filter(request=request, until__isnull=True)
    return held.select_related("person")


def _tabs(demand: Request, reader, current: str) -> list[dict]:
    ref, writing = ref_of(demand), demand.case.state in ("draft", "completion")
    dossier = "dossier" if reader.writes and writing else "request"
    named = (
        ("dossier", dossier, _("Dossier")),
        ("exchanges", "exchanges", _("Échanges")),
        ("decisions", "decisions", _("Décisions")),
        ("data", "data", _("Données")),
        ("results", "results", _("Résultats")),
    )
    return [
        {"label": label, "href": address, "current": code == current}
        for code, name, label in named
        if (address := page_address(name, ref))
    ]


def _crumbs(reader) -> list[dict]:
    if reader.parts:
        return [{"label": _("Mes demandes"), "href": page_address("my_requests")}]
    return [{"label": _("Demandes"), "href": page_address("requests")}]
