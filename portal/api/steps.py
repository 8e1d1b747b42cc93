"""What can be decided from here, what stands in the way, and deciding it."""

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Body, Query, Router, Schema
from ninja.responses import Status
from pydantic import Field, ValidationError

from governance.charters import Verdict
from governance.models import Decision
from governance.models.case import Case, Track
from governance.process import refusals
from governance.process.engine import take_step
from governance.process.outlook import Outlook
from governance.process.shape import Process, Step
from governance.process.table import REQUEST
from portal.api import dossier
from portal.api.bearer import READ, WRITE
from portal.api.dossier import IfMatch
from portal.api.errors import Obstacle, Problem, shape_problem
from portal.api.idempotency import Key, key_reused
from portal.api.instants import Instant
from portal.api.pagination import Paging, page
from portal.api.rules import OutcomeOut, language, outcome_told
from portal.api.schema import problems
from portal.api.step_forms import ONE_OF_A_KIND, StepForm, form_of, json_schema, split
from projects.domain import deposit
from projects.domain.steps import taken_before
from projects.models import Request
from projects.process.refusals import FIELDS, refusal_words
from projects.queries.history import title_of
from projects.queries.overview import article_titles, say, site_names
from projects.views.frame import visible_request

router = Router(tags=["requests"])


class TrackRef(Schema):
    kind: str = Field(examples=["site"])
    key: str = Field(examples=["chu-rennes"])


class OpenStepOut(Schema):
    """A step open from here. ``obstacles`` stand in the way of who may take it."""

    step: str = Field(examples=["admit"])
    label: str
    track: TrackRef | None
    allowed: bool
    why_not: str = Field(description="role, party, conflict, apart or delegation; empty if allowed")
    outcomes: list[OutcomeOut]
    obstacles: list[Obstacle]
    body: dict[str, Any] = Field(description="JSON Schema of what POST takes")


class Steps(Schema):
    items: list[OpenStepOut]


class DecisionOut(Schema):
    """One decision of a request. They are ordered by index, never by clock."""

    index: int
    at: Instant
    step: str = Field(examples=["admit"])
    outcome: str
    label: str
    tone: str = Field(description="positive, negative or neutral")
    from_state: str
    to_state: str
    track: TrackRef | None
    by: str | None = Field(description="null: the portal itself")
    acting_as: str = Field(examples=["case_officer"])
    articles: list[str]
    reason: str
    leaf: int | None = Field(description="its index in the public ledger")


class Events(Schema):
    items: list[DecisionOut]
    next: str | None


@router.get(
    "/{id}/steps",
    auth=READ,
    response=Steps,
    summary=_("Les étapes ouvertes d'ici, et ce qui leur fait obstacle"),
)
def steps(request, id: str):
    demand = visible_request(request, id)
    return {"items": open_steps_told(demand.case, REQUEST, request.user, timezone.now())}


def open_steps_told(case: Case, process: Process, person, at: datetime) -> list[dict[str, Any]]:
    """The steps of `process` open from where `case` stands, as `person` may take them."""
    say_verdict = _teller(case, at)
    return [
        {
            "step": each.step.code,
            "label": each.step.label.say(language()),
            "track": _track_ref(each.track),
            "allowed": each.allowed,
            "why_not": each.why_not,
            "outcomes": [outcome_told(answer) for answer in each.answers],
            "obstacles": [say_verdict(verdict) for verdict in each.obstacles],
            "body": json_schema(each.step.code, process),
        }
        for each in Outlook(case, at).open_steps(person)
    ]


def _track_ref(track: Track | None) -> dict | None:
    return {"kind": track.kind, "key": track.key} if track else None


def _teller(case: Case, at: datetime):
    """A function that says a verdict as the API does; its names and titles are read once."""
    titles, names = article_titles(case, at), site_names()

    def told(verdict: Verdict) -> dict[str, Any]:
        return {
            "code": verdict.article or verdict.clause,
            "title": titles.get(verdict.article, ""),
            "verdict": {True: "satisfied", False: "unsatisfied", None: "to_judge"}[verdict.holds],
            "sentence": say(verdict, names),
            "missing": list(verdict.missing),
            "mender": verdict.mender,
        }

    return told


StepBody = Annotated[dict[str, Any], Body(description="as `body` of GET …/steps says")]


@router.post(
    "/{id}/steps/{step}",
    auth=WRITE,
    response={201: DecisionOut},
    summary=_("Franchir une étape"),
    openapi_extra=problems("refused", "conflict", "stale"),
)
def take(request, id: str, step: str, payload: StepBody, key: Key = None, if_match: IfMatch = None):
    """Refused, it answers 409 with the articles that stand in the way, and nothing is written."""
    demand, rule = visible_request(request, id), REQUEST.step(step)
    if rule is None:
        raise Http404(step)
    form = read_body(step, REQUEST, payload)
    key = key and f"api:{request.user.pk}:{key}"
    if if_match is not None and not (key and taken_before(demand, key, request.user)):
        _unchanged(demand, if_match)
    return Status(201, decision_told(_take(request, demand, rule, *split(form), key)))


def read_body(step: str, process: Process, payload: dict[str, Any]) -> StepForm:
    """What a step's body says. Raises the problem of a body of another shape."""
    try:
        return form_of(step, process).model_validate(payload)
    except ValidationError as error:
        raise shape_problem(error.errors(include_url=False)) from error


def _unchanged(demand: Request, if_match: str) -> None:
    """Raise the problem of a request that is no longer as its caller read it."""
    if not dossier.matches(if_match, dossier.etag_of(demand, dossier.answers_of(demand))):
        raise Problem("stale")


def _take(request: HttpRequest, demand: Request, rule: Step, said, own, key) -> Decision:
    at, by = timezone.now(), request.user
    try:
        if rule.code == "submit":
            return deposit.submit(demand, by=by, at=at, key=key, shown=own["preview"])
        return take_step(
            demand.case,
            rule.code,
            by=by,
            at=at,
            outcome=said["outcome"],
            track=_track(demand, rule, said),
            articles=tuple(said["articles"]),
            reason=said["reason"],
            difference=said["difference"] or "",
            details=own,
            key=key,
        )
    except deposit.PreviewChanged:
        message = gettext("L'aperçu a changé : relisez ce qui devient public, puis confirmez-le.")
        raise Problem("invalid", errors={"preview": [message]}) from None
    except refusals.Refusal as refusal:
        raise problem_of(refusal, demand, demand.case, at) from refusal


def _track(demand: Request, rule: Step, said: dict[str, Any]) -> Track | None:
    """The track that the body names; the only one there is when nothing names it. A step that
    begins its own track names none."""
    if rule.track is None or not rule.track_from:
        return None
    tracks = list(demand.case.tracks.filter(kind=rule.track))
    field = "site" if rule.track == "site" else "track"
    named = said[field]
    if rule.track in ONE_OF_A_KIND or (not named and len(tracks) == 1):
        return tracks[0] if tracks else None
    found = next((each for each in tracks if each.key == named), None)
    if found is None:
        message = gettext("Nommez l'une de celles de la demande.")
        raise Problem("invalid", errors={field: [message]})
    return found


FIELDS = FIELDS | {"unknown_step": "outcome"}
"""The field of the body that a refusal is about."""


def problem_of(refusal: refusals.Refusal, demand: Request, case: Case, at: datetime) -> Problem:
    """The problem that says a refusal of the engine, in the words of the pages. `case` is the
    request's, or that of its amendment."""
    words = refusal_words(refusal, demand)
    match refusal:
        case refusals.StepRefused():
            tell = _teller(case, at)
            articles = [tell(verdict) for verdict in refusal.verdicts]
            return Problem("refused", " ".join(words), articles=articles)
        case refusals.NotPermitted():
            return Problem("forbidden", " ".join(words))
        case refusals.BadDetails():
            return Problem("invalid", errors=refusal.errors)
        case refusals.KeyReused():
            return key_reused()
        case refusals.StaleCase():
            return Problem("stale", " ".join(words))
        case refusals.WrongState():
            return Problem("conflict", " ".join(words))
        case _:
            return Problem("invalid", errors={FIELDS.get(refusal.code, ""): words})


@router.get(
    "/{id}/events",
    auth=READ,
    response=Events,
    summary=_("L'histoire de la demande, décision par décision"),
)
def events(request, id: str, asked: Query[Paging]):
    demand = visible_request(request, id)
    rows = page(
        demand.case.decisions.select_related("track__establishment", "by", "reason", "attestation"),
        asked,
        "index",
    )
    return {"items": [decision_told(each) for each in rows["items"]], "next": rows["next"]}


def decision_told(decision: Decision) -> dict[str, Any]:
    """A decision as those who see its request read it."""
    attestation = getattr(decision, "attestation", None)
    reason = getattr(decision, "reason", None)
    return {
        "index": decision.index,
        "at": decision.at,
        "step": decision.step,
        "outcome": decision.outcome,
        "label": title_of(decision),
        "tone": decision.tone,
        "from_state": decision.from_state,
        "to_state": decision.to_state,
        "track": _track_ref(decision.track),
        "by": str(decision.by) if decision.by else None,
        "acting_as": decision.acting_as,
        "articles": decision.articles,
        "reason": reason.text if reason else "",
        "leaf": attestation.leaf_index if attestation else None,
    }
