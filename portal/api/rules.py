"""The rules as they execute: the table of the process and the articles of the charters."""

from datetime import date

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import Field

from governance.charters import (
    CHARTERS,
    Article,
    Charter,
    CharterError,
    guards_of,
    load_charter,
    load_charters,
    versions,
    versions_in_force,
)
from governance.process.shape import Delay, Outcome, State, Step, Track
from governance.process.table import REQUEST

router = Router(tags=["public"])


class DelayOut(Schema):
    number: int
    unit: str = Field(description="working_days, days, months or hours")
    kind: str = Field(description="promised or legal")
    source: str


class StateOut(Schema):
    code: str = Field(examples=["instruction"])
    label: str
    public_label: str | None = Field(description="null: not public")
    acts_next: str
    delay: DelayOut | None
    ended: bool


class TrackOut(Schema):
    """What runs side by side inside states."""

    kind: str = Field(examples=["site"])
    label: str
    statuses: dict[str, str]
    ends: list[str]
    delay: DelayOut | None


class OutcomeOut(Schema):
    code: str = Field(examples=["done"])
    label: str
    to: str | None = Field(description="the state it leads to; null: stays; @origin: goes back")
    track_to: str | None
    tone: str = Field(description="positive, negative or neutral")


class NeedOut(Schema):
    code: str
    label: str
    mender: str


class StepOut(Schema):
    code: str = Field(examples=["admit"])
    label: str
    sources: list[str] = Field(description="the states it is taken from")
    actors: list[str]
    outcomes: list[OutcomeOut]
    track: str | None
    track_from: list[str]
    articles: list[str] = Field(description="codes of the articles that guard it")
    clauses: list[str]
    needs: list[NeedOut]
    delegated: bool
    under_reserve: bool
    reasoned: bool
    apart: list[str] = Field(description="steps whose taker cannot take this one")


class ProcessOut(Schema):
    code: str
    initial: str
    charters: dict[str, str]
    states: list[StateOut]
    tracks: list[TrackOut]
    steps: list[StepOut]


@router.get(
    "/process", response=ProcessOut, summary=_("Le processus : états, pistes, étapes et gardes")
)
def process(request, response: HttpResponse):
    keep(response)
    in_force = versions_in_force(timezone.localdate())
    charters = load_charters(in_force)
    return {
        "code": REQUEST.code,
        "initial": REQUEST.initial,
        "charters": in_force,
        "states": [_state(each) for each in REQUEST.states],
        "tracks": [_track(each) for each in REQUEST.tracks],
        "steps": [_step(each, charters) for each in REQUEST.steps],
    }


def keep(response: HttpResponse, seconds: int = 300) -> None:
    """Let any cache on the way keep a public answer for a time."""
    response["Cache-Control"] = f"public, max-age={seconds}"


def language() -> str:
    """The language of texts that are data: ``fr`` or ``en``."""
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def _delay(delay: Delay | None) -> dict | None:
    if delay is None:
        return None
    return {
        "number": delay.number,
        "unit": delay.unit,
        "kind": delay.kind,
        "source": delay.source,
    }


def _state(state: State) -> dict:
    return {
        "code": state.code,
        "label": state.label.say(language()),
        "public_label": state.public.say(language()) if state.public else None,
        "acts_next": state.acts_next,
        "delay": _delay(state.delay),
        "ended": state.ended,
    }


def _track(track: Track) -> dict:
    return {
        "kind": track.kind,
        "label": track.label.say(language()),
        "statuses": {code: label.say(language()) for code, label in track.statuses.items()},
        "ends": list(track.ends),
        "delay": _delay(track.delay),
    }


def outcome_told(outcome: Outcome) -> dict:
    """One answer that a step can give."""
    return {
        "code": outcome.code,
        "label": outcome.label.say(language()),
        "to": outcome.target,
        "track_to": outcome.track_to,
        "tone": outcome.tone,
    }


def _step(step: Step, charters) -> dict:
    guards = guards_of(step.code, charters)
    needs = [*step.needs, *(need for outcome in step.outcomes for need in outcome.needs)]
    return {
        "code": step.code,
        "label": step.label.say(language()),
        "sources": list(step.sources),
        "actors": list(step.actors),
        "outcomes": [outcome_told(each) for each in step.outcomes],
        "track": step.track,
        "track_from": list(step.track_from),
        "articles": sorted({clause.article for clause in guards}),
        "clauses": [clause.code for clause in guards],
        "needs": [
            {"code": n.code, "label": n.label.say(language()), "mender": n.mender} for n in needs
        ],
        "delegated": step.delegated,
        "under_reserve": step.under_reserve,
        "reasoned": step.reasoned,
        "apart": list(step.apart),
    }


class CharterLine(Schema):
    code: str = Field(examples=["utilisateur"])
    title: str
    audience: str
    in_force: str = Field(description="the version in force today")
    versions: list[str]


class Charters(Schema):
    items: list[CharterLine]


class ParameterOut(Schema):
    name: str
    value: int | bool | str | list[str]
    unit: str
    stricter: str = Field(description="in which direction a local version may go")
    label: str


class ClauseOut(Schema):
    code: str
    kind: str = Field(description="guard, judgement, deadline or invariant")
    subject: str
    steps: list[str]
    check: str = Field(examples=["holder_identified@1"])
    parameters: list[ParameterOut]
    reserve_at: list[str]


class SourceOut(Schema):
    label: str
    preparatory: bool
    reread: bool


class ArticleOut(Schema):
    code: str = Field(examples=["U-01"])
    title: str
    text: str
    nature: str = Field(description="fact or judgement")
    looks_at: str
    sources: list[SourceOut]
    clauses: list[ClauseOut]
    in_application: bool


class CharterOut(Schema):
    code: str
    version: str
    title: str
    audience: str
    in_force_from: date
    articles: list[ArticleOut]


@router.get("/charters", response=Charters, summary=_("Les trois chartes et leurs versions"))
def charters(request, response: HttpResponse):
    keep(response)
    in_force = versions_in_force(timezone.localdate())
    return {
        "items": [
            {
                "code": charter.code,
                "title": charter.title[language()],
                "audience": charter.audience[language()],
                "in_force": charter.version,
                "versions": list(versions(charter.code)),
            }
            for charter in load_charters(in_force)
        ]
    }


@router.get(
    "/charters/{charter}/{version}",
    response=CharterOut,
    summary=_("Une charte, article par article, telle qu'elle s'exécute"),
)
def charter(request, charter: str, version: str, response: HttpResponse):
    if charter not in CHARTERS:
        raise Http404(charter)
    try:
        found = load_charter(charter, version)
    except CharterError as error:
        raise Http404(version) from error
    keep(response)
    return _charter(found)


def _charter(charter: Charter) -> dict:
    return {
        "code": charter.code,
        "version": charter.version,
        "title": charter.title[language()],
        "audience": charter.audience[language()],
        "in_force_from": charter.in_force_from,
        "articles": [_article(each) for each in charter.articles],
    }


def _article(article: Article) -> dict:
    return {
        "code": article.code,
        "title": article.title[language()],
        "text": article.text[language()],
        "nature": article.nature,
        "looks_at": article.looks_at[language()],
        "sources": [
            {"label": s.label[language()], "preparatory": s.preparatory, "reread": s.reread}
            for s in article.sources
        ],
        "clauses": [_clause(each) for each in article.clauses],
        "in_application": article.in_application,
    }


def _clause(clause) -> dict:
    return {
        "code": clause.code,
        "kind": clause.kind,
        "subject": clause.subject,
        "steps": list(clause.steps),
        "check": clause.check,
        "parameters": [
            {
                "name": p.name,
                "value": list(p.value) if isinstance(p.value, tuple) else p.value,
                "unit": p.unit,
                "stricter": p.stricter,
                "label": p.label[language()],
            }
            for p in clause.parameters.values()
        ],
        "reserve_at": list(clause.reserve_at),
    }
