"""Delays and outcomes, in public figures."""

from django.core.cache import cache
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import Field

from governance.process.measured import measured
from governance.process.table import REQUEST
from portal.api.instants import Instant
from portal.api.rules import DelayOut, keep, language
from projects.queries import indicators

router = Router(tags=["public"])

SECONDS = 300
"""How long figures are kept: they are the same for every reader."""


class DelayFigure(Schema):
    """How long one clock lasts in fact, beside what is promised. Time with the holder apart; cases
    still open are censored."""

    clock: str = Field(examples=["state:admissibility"])
    label: str
    promised: DelayOut
    ended: int | None = Field(description="cases measured; null under 11")
    half: int | None = Field(description="days within which half of them ended")
    nine_in_ten: int | None = Field(description="days within which nine in ten of them ended")


class StateFigure(Schema):
    requester_kind: str
    state: str
    requests: int | None = Field(description="null under 11, rounded otherwise")


class OutcomeFigure(Schema):
    requester_kind: str
    step: str
    outcome: str
    decisions: int | None = Field(description="null under 11, rounded otherwise")


class Indicators(Schema):
    at: Instant
    delays: list[DelayFigure]
    states: list[StateFigure]
    outcomes: list[OutcomeFigure]


@router.get(
    "/indicators",
    response=Indicators,
    summary=_("Délais et issues, par étape et par sorte de demandeur"),
)
def public_indicators(request, response: HttpResponse):
    keep(response)
    figures = cache.get_or_set("api-indicators", _figures, SECONDS)
    return figures | {"delays": [_delay(*each) for each in figures["delays"]]}


def _figures() -> dict:
    at = timezone.now()
    found = measured(REQUEST, at=at)
    timed = [(f"state:{s.code}", s) for s in REQUEST.states if s.delay]
    timed += [(f"track:{t.kind}", t) for t in REQUEST.tracks if t.delay]
    return {
        "at": at,
        "delays": [(clock, found.get(clock)) for clock, _timed in timed],
        "states": [
            {"requester_kind": t.requester_kind, "state": t.what, "requests": t.number}
            for t in indicators.states()
        ],
        "outcomes": [
            {
                "requester_kind": t.requester_kind,
                "step": t.what,
                "outcome": t.outcome,
                "decisions": t.number,
            }
            for t in indicators.answers()
        ],
    }


def _delay(clock: str, found) -> dict:
    kind, code = clock.split(":")
    timed = REQUEST.state(code) if kind == "state" else REQUEST.track(code)
    label = getattr(timed, "public", None) or timed.label
    return {
        "clock": clock,
        "label": label.say(language()),
        "promised": timed.delay,
        "ended": found and found.ended,
        "half": found and found.half,
        "nine_in_ten": found and found.nine_in_ten,
    }
