"""Delays and outcomes, in public figures: those of the pages, made and masked by the same code."""

from django.core.cache import cache
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import Field

from governance.charters.facts import today
from governance.estimates import Point, Quantile, Share
from governance.process.measured import Measured
from governance.process.table import REQUEST
from portal.api.instants import Instant
from portal.api.rules import DelayOut, keep, language
from portal.figures.kept import alike_figures, delays_measured
from portal.words.indicators import article_lines, group_numbers
from portal.words.process import Promised, promises
from projects.queries import indicators
from projects.queries.alike import Clock, Delay, Outcome, Table

router = Router(tags=["public"])

SECONDS = 300
"""How long an answer may be kept on the way."""


class QuantileOut(Schema):
    """Days by which a share of the cases ended, and the interval at 95 %; null: not reached yet."""

    days: int | None
    low: int | None
    high: int | None


class ShareOut(Schema):
    """A share, in percents, and the interval at 95 % in which the true one is."""

    part: int
    whole: int
    percent: int
    low: int
    high: int


class GroupDelay(Schema):
    """How long a clock lasts for one group. Cases still open are censored."""

    group: str = Field(description="a kind of requester or an establishment; empty: not said")
    half: QuantileOut | None = Field(description="null: fewer than 11 ended")
    nine_in_ten: QuantileOut | None = Field(description="null: fewer than 11 ended")
    in_time: ShareOut | None = Field(
        description="within the promised delay; null where it would tell a small figure"
    )


class PointOut(Schema):
    """After so many days, the share that still waits, in percents, and its interval at 95 %."""

    days: int
    waiting: int
    low: int
    high: int


class DelayFigure(Schema):
    """How long one clock lasts in fact, beside what is promised. Time with the holder apart; cases
    still open are censored."""

    clock: str = Field(examples=["state:admissibility"])
    label: str
    promised: DelayOut
    ended: int | None = Field(description="cases measured; null under 11")
    half: int | None = Field(description="days within which half of them ended")
    nine_in_ten: int | None = Field(description="days within which nine in ten of them ended")
    everyone: GroupDelay | None = Field(description="null: no case came to it yet")
    by_kind: list[GroupDelay]
    by_establishment: list[GroupDelay]
    curve: list[PointOut] = Field(
        description="who still waits, day after day (Kaplan-Meier); each step down stands for 11"
        " cases at least; empty: fewer than 11 ended"
    )


class StateFigure(Schema):
    requester_kind: str
    state: str
    requests: int | None = Field(description="null under 11, rounded otherwise")


class GroupOutcome(Schema):
    group: str = Field(description="as its table says; empty: all of them, or not said")
    number: int | None = Field(description="null where it would tell a small figure")
    part: ShareOut | None = Field(description="null where it would tell a small figure")


class OutcomeTable(Schema):
    everyone: GroupOutcome
    groups: list[GroupOutcome]


class Outcomes(Schema):
    """Answers given: ``part`` is the share of negative ones."""

    by_kind: OutcomeTable
    by_establishment: OutcomeTable
    by_step: OutcomeTable


class Appeals(Schema):
    """Appeals judged: ``part`` is the share of those that changed the decision."""

    by_kind: OutcomeTable
    by_establishment: OutcomeTable
    by_step: OutcomeTable = Field(description="the step of the decision contested")


class GroupCited(Schema):
    group: str = Field(description="a kind of requester, an establishment or a step")
    number: int


class Cited(Schema):
    """An article that negative answers cite, in all and by group; no group where one of their
    numbers would be small."""

    code: str
    charter: str
    title: str
    number: int
    by_kind: list[GroupCited]
    by_establishment: list[GroupCited]
    by_step: list[GroupCited]


class Indicators(Schema):
    at: Instant
    delays: list[DelayFigure]
    states: list[StateFigure]
    outcomes: Outcomes
    articles: list[Cited]
    appeals: Appeals


@router.get(
    "/indicators",
    response=Indicators,
    summary=_("Délais et issues, par étape, par établissement et par sorte de demandeur"),
)
def public_indicators(request, response: HttpResponse):
    """The figures of the pages « Délais » and « Égalité de traitement ». A group with a small
    figure is hidden, and another with it where the total would tell it."""
    keep(response)
    found, measured = alike_figures(), delays_measured()
    return {
        "at": found.at,
        "delays": [
            _delay(each, measured.get(each.clock), found.clocks.get(each.clock))
            for each in promises(language())
        ],
        "states": cache.get_or_set("api-states", _states, SECONDS),
        "outcomes": {f"by_{axis}": _table(table) for axis, table in found.answers.items()},
        "articles": [
            each
            | {
                f"by_{axis}": [
                    {"group": group, "number": number}
                    for group, number in group_numbers(cited, each["code"])
                ]
                for axis, cited in found.cited.items()
            }
            for each in article_lines(found.articles, today(timezone.now()), language())
        ],
        "appeals": {f"by_{axis}": _table(table) for axis, table in found.appeals.items()},
    }


def _states() -> list[dict]:
    return [
        {"requester_kind": each.requester_kind, "state": each.state, "requests": each.number}
        for each in indicators.states()
    ]


def _delay(promise: Promised, measured: Measured | None, figures: Clock | None) -> dict:
    kind, code = promise.clock.split(":")
    timed = REQUEST.state(code) if kind == "state" else REQUEST.track(code)
    return {
        "clock": promise.clock,
        "label": str(promise.label),
        "promised": timed.delay,
        "ended": measured and measured.ended,
        "half": measured and measured.half,
        "nine_in_ten": measured and measured.nine_in_ten,
        "everyone": figures and _group(figures.everyone),
        "by_kind": [_group(each) for each in figures.kinds] if figures else [],
        "by_establishment": [_group(each) for each in figures.establishments] if figures else [],
        "curve": [_point(each) for each in figures.points] if figures else [],
    }


def _group(delay: Delay) -> dict:
    return {
        "group": delay.group,
        "half": _quantile(delay.half),
        "nine_in_ten": _quantile(delay.nine_in_ten),
        "in_time": _share(delay.in_time),
    }


def _table(table: Table) -> dict:
    return {
        "everyone": _outcome(table.everyone),
        "groups": [_outcome(each) for each in table.groups],
    }


def _outcome(outcome: Outcome) -> dict:
    return {"group": outcome.group, "number": outcome.number, "part": _share(outcome.part)}


def _quantile(found: Quantile | None) -> dict | None:
    return found and {"days": found.days, "low": found.low, "high": found.high}


def _share(found: Share | None) -> dict | None:
    return found and {
        "part": found.part,
        "whole": found.whole,
        "percent": _percent(found.value),
        "low": _percent(found.low),
        "high": _percent(found.high),
    }


def _point(point: Point) -> dict:
    return {
        "days": point.days,
        "waiting": _percent(point.waiting),
        "low": _percent(point.low),
        "high": _percent(point.high),
    }


def _percent(share: float) -> int:
    """As the pages say it: finer, a curve would tell the day of a single case."""
    return round(100 * share)
