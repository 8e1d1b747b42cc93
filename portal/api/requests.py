"""Requests: those of one's teams and those one's roles review."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from governance.models import Participation
from governance.process.table import REQUEST
from portal.api import dossier
from portal.api.attachments import AttachmentOut
from portal.api.bearer import READ, WRITE
from portal.api.dossier import IfMatch
from portal.api.errors import Problem
from portal.api.idempotency import Key, once
from portal.api.instants import Instant
from portal.api.pagination import Searching, page
from portal.api.schema import problems
from projects.domain import drafts
from projects.dossier.form import SECTIONS
from projects.models import AskedSite, Request
from projects.permissions import visible_to
from projects.queries.search import searched
from projects.reader import reader_of
from projects.views.frame import visible_request

router = Router(tags=["requests"])


class Line(Schema):
    """A request in a list."""

    id: uuid.UUID
    number: str | None = Field(description="given at the deposit", examples=["2026-0042"])
    title: str
    acronym: str
    state: str = Field(examples=["instruction"])
    state_label: str
    state_since: Instant
    opened_at: Instant
    lead: str | None
    establishments: list[str]


class Requests(Schema):
    items: list[Line]
    next: str | None


class Member(Schema):
    ref: uuid.UUID
    name: str
    part: str
    since: Instant


class TrackLine(Schema):
    kind: str = Field(examples=["site"])
    key: str = Field(examples=["chu-rennes"])
    status: str
    status_label: str
    since: Instant


class Waiting(Schema):
    """Who acts next, what is awaited, until when; ``others`` are awaited beside."""

    who: str
    what: str
    until: Instant | None
    mine: bool
    others: int


class Preview(Schema):
    """What becomes public, and when."""

    admissibility: dict[str, Any]
    authorisation: dict[str, Any]
    deferred: dict[str, Any] | None = Field(
        None, description="the `parts` that wait, `until` when, and the `ground`"
    )
    digest: str = Field(description="confirmed at the deposit")


class RequestOut(Line):
    model_config = ConfigDict(title="Request")

    revision: int = Field(description="how many decisions were taken")
    answers: dict[str, dict[str, Any]] = Field(description="as GET /form describes them")
    editable: list[str] = Field(description="the sections that the caller may write now")
    team: list[Member]
    tracks: list[TrackLine]
    attachments: list[AttachmentOut]
    waiting: Waiting | None
    preview: Preview


SECTION = dict[str, Any] | None


class Answers(Schema):
    """Any part of the answers, section by section, as ``GET /form`` describes them."""

    model_config = ConfigDict(extra="forbid")

    project: SECTION = None
    team: SECTION = None
    purpose: SECTION = None
    protocol: SECTION = None
    data: SECTION = None
    sites: SECTION = None
    regulatory: SECTION = None
    calendar: SECTION = None


assert set(Answers.model_fields) == {section.code for section in SECTIONS}


class AnswersIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "answers": {
                        "project": {"title": "Médicaments et réadmissions après 75 ans"},
                        "sites": {"establishments": ["chu-rennes"]},
                    }
                }
            ]
        },
    )

    answers: Answers


class Filters(Searching):
    state: str = Field(
        "",
        pattern=f"^({'|'.join(state.code for state in REQUEST.states)})?$",
        description="a state's code",
    )
    establishment: str = Field("", max_length=40, description="asked, or leading")
    mine: bool = Field(False, description="only those of my teams")


@router.get(
    "", auth=READ, response=Requests, summary=_("Mes demandes, et celles que je dois examiner")
)
def requests(request, asked: Query[Filters]):
    at = timezone.now()
    found = searched(visible_to(request.user, at), asked.q)
    if asked.state:
        found = found.filter(case__state=asked.state)
    if asked.establishment:
        sites = AskedSite.objects.filter(request=OuterRef("pk"), establishment=asked.establishment)
        found = found.filter(Exists(sites))
    if asked.mine:
        parts = Participation.objects.valid(at).filter(person=request.user)
        found = found.filter(Exists(parts.filter(case=OuterRef("pk"), part__in=Participation.TEAM)))
    found = found.select_related("case").prefetch_related(Prefetch("asked_sites"))
    rows = page(found, asked, "-case__opened_at", "-pk")
    return {"items": [dossier.heading(row) for row in rows["items"]], "next": rows["next"]}


@router.post(
    "",
    auth=WRITE,
    response={201: RequestOut},
    summary=_("Créer un brouillon, à partir de n'importe quelle partie du formulaire"),
    openapi_extra=problems("conflict"),
)
def create(request, payload: AnswersIn, response: HttpResponse, key: Key = None):
    said = payload.model_dump(exclude_unset=True)
    answer = once(request, key, said, lambda: _create(request, said["answers"]), RequestOut)
    response["Location"] = f"{request.path}/{_id_of(answer)}"
    return answer


def _id_of(answer: Status) -> Any:
    return answer.value["id"]


@transaction.atomic
def _create(request: HttpRequest, answers: dict) -> dict:
    at = timezone.now()
    demand = drafts.create(by=request.user, at=at)
    dossier.write(demand, answers, by=request.user, at=at)
    return _told(request, demand)


@router.get(
    "/{id}",
    auth=READ,
    response=RequestOut,
    summary=_("Une demande : réponses, état, équipe, établissements, ce qui est attendu"),
)
def one(request, id: str, response: HttpResponse):
    demand = visible_request(request, id)
    return _tagged(response, _told(request, demand))


@router.patch(
    "/{id}",
    auth=WRITE,
    response=RequestOut,
    summary=_("Changer des réponses (JSON merge patch, RFC 7396)"),
    openapi_extra=problems("conflict", "stale", "precondition"),
)
def change(request, id: str, payload: AnswersIn, response: HttpResponse, if_match: IfMatch = None):
    """`null` takes an answer away. All the patch is written, or nothing."""
    demand = visible_request(request, id)
    if if_match is None:
        raise Problem("precondition")
    if not demand.reader.writes:
        raise Problem("forbidden")
    patch = payload.model_dump(exclude_unset=True)["answers"]
    dossier.write(demand, patch, by=request.user, at=timezone.now(), if_match=if_match)
    return _tagged(response, _told(request, demand))


def _told(request: HttpRequest, demand: Request) -> dict:
    at = timezone.now()
    demand = Request.objects.select_related("case__lead", "organisation").get(pk=demand.pk)
    demand.reader = reader_of(demand, request.user, at)
    return dossier.told(demand, request.user, at)


def _tagged(response: HttpResponse, told: dict) -> dict:
    response["ETag"] = told["etag"]
    return told
