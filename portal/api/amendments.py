"""Amendments: proposed by the holder of an authorised request, followed, decided."""

import uuid
from datetime import datetime
from typing import Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from governance.models.case import Track
from governance.process import refusals
from governance.process.amendments import AMENDMENT
from governance.process.engine import take_step
from governance.process.shape import NEGATIVE
from portal.api.bearer import READ, WRITE
from portal.api.errors import Problem
from portal.api.idempotency import Key, once
from portal.api.instants import Instant
from portal.api.pagination import Paging, page
from portal.api.schema import problems
from portal.api.step_forms import split
from portal.api.steps import (
    DecisionOut,
    StepBody,
    Steps,
    decision_told,
    open_steps_told,
    problem_of,
    read_body,
)
from projects.domain.amendments import propose
from projects.models import Amendment, Request
from projects.queries.amendments import articles_touched, chip_of, titles_of
from projects.views.frame import visible_request

router = Router(tags=["requests"])

ASKED = {
    Amendment.Kind.PERIOD: ("months",),
    Amendment.Kind.MEMBER: ("act", "email"),
    Amendment.Kind.HOLDER: ("email", "status", "in_network"),
    Amendment.Kind.SITE: ("site",),
    Amendment.Kind.LINKAGE: (),
}
"""What a change of each kind says."""


class AmendmentIn(Schema):
    """A change asked: its kind, what a change of that kind says, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "period", "months": 36, "reason": "Pour finir l'analyse."}]
        },
    )

    kind: Literal[*Amendment.Kind.values]
    reason: str = Field(min_length=1, max_length=4000)
    months: int = Field(None, ge=1, le=600, description="period: the whole length of access")
    act: Literal["join", "leave"] = Field(None, description="member")
    email: str = Field(None, max_length=254, description="member, holder: their account's address")
    status: Literal["senior", "trainee", "research_staff", "other"] = Field(
        None, description="holder"
    )
    in_network: bool = Field(None, description="holder: works in an establishment of the network")
    site: str = Field(None, max_length=60, description="site: the establishment's code")


class AmendmentLine(Schema):
    """An amendment in a list."""

    id: uuid.UUID
    kind: str
    title: str = Field(description="what would change, in words")
    state: str = Field(examples=["proposed"])
    state_label: str
    reason: str
    proposed_at: Instant
    proposed_by: str


class Amendments(Schema):
    items: list[AmendmentLine]
    next: str | None


class AmendmentOut(AmendmentLine):
    model_config = ConfigDict(title="Amendment")

    decisions: list[DecisionOut]


@router.get(
    "/{id}/amendments",
    auth=READ,
    response=Amendments,
    summary=_("Les avenants d'une demande, du plus récent au plus ancien"),
)
def amendments(request, id: str, asked: Query[Paging]):
    demand = visible_request(request, id)
    rows = page(
        demand.amendments.select_related("case", "proposed_by"), asked, "-proposed_at", "-pk"
    )
    titles = titles_of(rows["items"])
    items = [_line(row, title) for row, title in zip(rows["items"], titles, strict=True)]
    return {"items": items, "next": rows["next"]}


@router.post(
    "/{id}/amendments",
    auth=WRITE,
    response={201: AmendmentOut},
    summary=_("Proposer un avenant"),
)
def add(request, id: str, payload: AmendmentIn, key: Key = None):
    demand = visible_request(request, id)
    if not demand.reader.holder:
        raise Problem("forbidden")
    said = payload.model_dump(exclude_unset=True)
    change = {name: each for name, each in said.items() if name not in ("kind", "reason")}
    unknown = set(change) - set(ASKED[said["kind"]])
    if unknown:
        message = gettext("Ce champ n'existe pas ici.")
        raise Problem("invalid", errors={name: [message] for name in sorted(unknown)})

    def act() -> dict:
        at = timezone.now()
        return _told(propose(demand, said["kind"], change, said["reason"], by=request.user, at=at))

    return once(request, key, said, act, AmendmentOut)


@router.get(
    "/{id}/amendments/{amendment}",
    auth=READ,
    response=AmendmentOut,
    summary=_("Un avenant, et ce qui en fut décidé"),
)
def one(request, id: str, amendment: uuid.UUID):
    return _told(_amendment(visible_request(request, id), amendment))


@router.get(
    "/{id}/amendments/{amendment}/steps",
    auth=READ,
    response=Steps,
    summary=_("Les étapes ouvertes d'un avenant, et ce qui leur fait obstacle"),
)
def steps(request, id: str, amendment: uuid.UUID):
    row = _amendment(visible_request(request, id), amendment)
    return {"items": open_steps_told(row.case, AMENDMENT, request.user, timezone.now())}


@router.post(
    "/{id}/amendments/{amendment}/steps/{step}",
    auth=WRITE,
    response={201: DecisionOut},
    summary=_("Franchir une étape d'un avenant"),
    openapi_extra=problems("refused", "conflict", "stale"),
)
def take(request, id: str, amendment: uuid.UUID, step: str, payload: StepBody, key: Key = None):
    """Accepted, it is applied to its request at once."""
    demand = visible_request(request, id)
    row, at = _amendment(demand, amendment), timezone.now()
    if AMENDMENT.step(step) is None:
        raise Http404(step)
    said, own = split(read_body(step, AMENDMENT, payload))
    _only_touched(row, step, said["articles"], at)
    try:
        decision = take_step(
            row.case,
            step,
            by=request.user,
            at=at,
            outcome=said["outcome"],
            articles=tuple(said["articles"]),
            reason=said["reason"],
            difference=said["difference"] or "",
            track=_track(row, step, said["site"]),
            details=own,
            key=key and f"api:{request.user.pk}:{key}",
        )
    except refusals.Refusal as refusal:
        raise problem_of(refusal, demand, row.case, at) from refusal
    return Status(201, decision_told(decision))


def _track(row: Amendment, step: str, site: str | None) -> Track | None:
    """The track that the step moves: of the establishment named, or the appeal that is open.
    Raises Http404."""
    rule = AMENDMENT.step(step)
    if not rule.track_from:
        return None
    if rule.track == "site":
        return get_object_or_404(row.case.tracks, kind=rule.track, key=site or "")
    return get_object_or_404(row.case.tracks, kind=rule.track, status__in=rule.track_from)


def _only_touched(row: Amendment, step: str, articles: list[str], at: datetime) -> None:
    """Raise Problem for an article that the change does not touch, or that nothing negative
    cites."""
    negative = any(answer.tone == NEGATIVE for answer in AMENDMENT.step(step).outcomes)
    known = {code for code, _title in articles_touched(row, at)} if negative else set()
    if set(articles) - known:
        message = gettext("Cet avenant ne touche pas cet article.")
        raise Problem("invalid", errors={"articles": [message]})


def _amendment(demand: Request, pk: uuid.UUID) -> Amendment:
    found = demand.amendments.select_related("case", "request__case", "proposed_by")
    row = found.filter(pk=pk).first()
    if row is None:
        raise Http404(pk)
    return row


def _told(row: Amendment) -> dict[str, Any]:
    decisions = row.case.decisions.select_related("track", "by", "reason", "attestation")
    told = [decision_told(each) for each in decisions.order_by("index")]
    return _line(row, titles_of([row])[0]) | {"decisions": told}


def _line(row: Amendment, title: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "title": title,
        "state": row.case.state,
        "state_label": chip_of(row)["label"],
        "reason": row.reason,
        "proposed_at": row.proposed_at,
        "proposed_by": str(row.proposed_by),
    }
