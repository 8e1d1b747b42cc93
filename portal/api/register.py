"""The public register of projects: what citizens read, as data. No account, no person's name
before the authorisation."""

from datetime import date

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import Field

from portal.api.instants import Instant
from portal.api.pagination import Searching, page
from portal.api.rules import keep
from projects.queries import register

router = Router(tags=["public"])


class ProjectLine(Schema):
    number: str = Field(examples=["2026-0042"])
    title: str
    summary: str
    state: str
    state_label: str
    kind_of_requester: str
    establishments: list[str]
    since: Instant


class Projects(Schema):
    items: list[ProjectLine]
    next: str | None


class ProjectFilters(Searching):
    establishment: str = Field("", max_length=40, description="an establishment's code")
    year: str = Field("", pattern=r"^(\d{4})?$", description="of the number")
    group: str = Field(
        "",
        pattern=f"^({'|'.join(register.GROUPS)})?$",
        description="states as citizens choose among them",
    )


class PublicEvent(Schema):
    at: Instant
    step: str
    outcome: str
    text: str
    actor: str = Field(description="a quality, never a person")
    track: str | None
    articles: list[str]
    difference: str = Field(
        description="what differs from requests alike that were answered otherwise, if any were"
    )
    leaf: int = Field(description="its index in the public ledger")


class PublicResult(Schema):
    kind: str
    title: str
    doi: str
    url: str
    swhid: str
    licence: str
    published_on: date | None


class EstablishmentAnswer(Schema):
    establishment: str
    answer: str


class PublicProject(Schema):
    """Only public facts; what is not public yet is empty or null."""

    number: str
    title: str
    summary: str
    state: str
    state_label: str
    since: Instant
    kind_of_requester: str
    organisation: str
    purpose: str
    establishments: list[EstablishmentAnswer]
    authorised: bool
    holder: str = Field(description="empty before the authorisation")
    answers: dict[str, str | int | date | None] = Field(
        description="public from the authorisation: data, money, duration, place"
    )
    deferred: list[str] = Field(description="what its holder keeps confidential until then")
    deferred_until: date | None
    legal_basis: list[str]
    access_starts_on: date | None
    access_ends_on: date | None
    objection_until: date | None
    events: list[PublicEvent]
    results: list[PublicResult]
    plain_results: str


@router.get("/projects", response=Projects, summary=_("Le registre public des projets"))
def projects(request, asked: Query[ProjectFilters], response: HttpResponse):
    keep(response)
    found = register.projects(
        words=asked.q, hospital=asked.establishment, year=asked.year, group=asked.group
    )
    rows = page(found, asked, "-public_since", "-pk")
    return {"items": [_line(each) for each in rows["items"]], "next": rows["next"]}


def _line(found) -> dict:
    line = register.line(found, at=timezone.now())
    return {
        "number": line.number,
        "title": line.title,
        "summary": line.summary,
        "state": found.case.state,
        "state_label": line.state,
        "kind_of_requester": line.kind_of_requester,
        "establishments": [asked.establishment_id for asked in found.asked_sites.all()],
        "since": line.since,
    }


@router.get(
    "/projects/{number}",
    response=PublicProject,
    summary=_("Un projet du registre, et son histoire"),
)
def project(request, number: str, response: HttpResponse):
    found = register.project(number, at=timezone.now())
    if found is None:
        raise Http404(number)
    keep(response)
    return {
        "number": found.number,
        "title": found.title,
        "summary": found.summary,
        "state": found.request.case.state,
        "state_label": found.state,
        "since": found.request.public_since,
        "kind_of_requester": found.kind_of_requester,
        "organisation": found.organisation,
        "purpose": found.purpose,
        "establishments": [
            {"establishment": place.pk, "answer": answer} for place, answer in found.hospitals
        ],
        "authorised": found.authorised,
        "holder": found.holder,
        "answers": found.answers,
        "deferred": list(found.deferral.parts) if found.deferral else [],
        "deferred_until": found.deferral and found.deferral.until,
        "legal_basis": found.rules,
        "access_starts_on": found.access and found.access.starts_on,
        "access_ends_on": found.access and found.access.ends_on,
        "objection_until": found.objection.until,
        "events": [_event(each) for each in found.decisions],
        "results": found.results,
        "plain_results": found.plain_results,
    }


def _event(decision) -> dict:
    return {
        "at": decision.at,
        "step": decision.step,
        "outcome": decision.outcome,
        "text": register.decision_words(decision),
        "actor": register.actor_words(decision.acting_as),
        "track": decision.track.key if decision.track else None,
        "articles": decision.articles,
        "difference": register.difference_of(decision),
        "leaf": decision.attestation.leaf_index,
    }
