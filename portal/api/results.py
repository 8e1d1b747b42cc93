"""What comes out of a project, declared by its team."""

from datetime import date
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from portal.api.bearer import WRITE
from portal.api.errors import Problem
from portal.api.idempotency import Key, once
from portal.api.instants import Instant
from projects.domain.results import declare
from projects.models import Result
from projects.views.frame import visible_request

router = Router(tags=["requests"])


class ResultIn(Schema):
    """A publication, a patent, a software, a dataset, a communication or a thesis."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "publication",
                    "title": "Drug interactions and readmission",
                    "doi": "10.1000/xyz123",
                    "published_on": "2026-05-04",
                    "cites_establishments": True,
                    "cites_number": True,
                }
            ]
        },
    )

    kind: Literal[*Result.Kind.values]
    title: str = Field(min_length=1, max_length=400)
    authors: str = Field("", max_length=5000)
    doi: str = Field("", max_length=200)
    url: str = Field("", max_length=400, pattern=r"^(https?://\S+)?$")
    swhid: str = Field("", max_length=120)
    licence: str = Field("", max_length=60)
    published_on: date | None = None
    deposited_on: date | None = None
    deferred_until: date | None = None
    cites_establishments: bool = False
    cites_number: bool = False


class ResultOut(Schema):
    id: int
    kind: str
    title: str
    authors: str
    doi: str
    url: str
    swhid: str
    licence: str
    published_on: date | None
    deposited_on: date | None
    deferred_until: date | None
    cites_establishments: bool
    cites_number: bool
    added_at: Instant


@router.post(
    "/{id}/results",
    auth=WRITE,
    response={201: ResultOut},
    summary=_("Déclarer un résultat"),
)
def add(request, id: str, payload: ResultIn, key: Key = None):
    demand = visible_request(request, id)
    if not demand.reader.writes:
        raise Problem("forbidden")
    said = payload.model_dump()
    kind, title, fields = said["kind"], said["title"], dict(said)
    del fields["kind"], fields["title"]
    return once(
        request,
        key,
        said,
        lambda: declare(demand, kind, title, by=request.user, at=timezone.now(), **fields),
        ResultOut,
    )
