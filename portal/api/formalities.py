"""The pieces that a formality asks: those given, those that lack, giving one."""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError as FormError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import File, Router, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from governance.domain import files
from governance.models.case import Track
from governance.process.refusals import WrongState
from portal.api.bearer import READ, WRITE
from portal.api.errors import Problem
from portal.api.idempotency import Key, once
from portal.api.instants import Instant
from portal.api.rules import language
from portal.api.schema import problems
from projects.domain.records import give_evidence
from projects.models import Evidence, Request
from projects.queries.pieces import PieceGiven, pieces_of
from projects.views.frame import visible_request

router = Router(tags=["requests"])


class PieceField(Schema):
    name: str
    label: str
    type: str = Field(description="text, date, number (`pattern`) or choice (`choices`)")
    pattern: str
    choices: list[str]


class PieceOut(Schema):
    """A piece that a formality asks, and what was given of it."""

    code: str
    label: str
    source: str = Field(description="the text that asks it")
    ways: list[list[PieceField]] = Field(description="one of them, filled whole, is enough")
    given: dict[str, str] | None
    given_at: Instant | None
    document: str | None = Field(description="its name")
    valid: bool


class Formality(Schema):
    formality: str = Field(examples=["MR-004"])
    status: str
    pieces: list[PieceOut]


class Formalities(Schema):
    items: list[Formality]


class PieceIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"values": {"number": "2233445", "date": "2026-03-02"}}]},
    )

    values: dict[str, str] = Field(max_length=20, description="one of `ways`, filled whole")


@router.get(
    "/{id}/formalities",
    auth=READ,
    response=Formalities,
    summary=_("Les formalités d'une demande, et les pièces qu'elles demandent"),
)
def formalities(request, id: str):
    demand = visible_request(request, id)
    tracks = demand.case.tracks.filter(kind="formality")
    return {
        "items": [
            {
                "formality": track.key,
                "status": track.status,
                "pieces": [_told(piece) for piece in pieces_of(track, demand)],
            }
            for track in tracks
        ]
    }


@router.post(
    "/{id}/formalities/{formality}/pieces/{piece}",
    auth=WRITE,
    response={201: PieceOut},
    summary=_("Donner une pièce d'une formalité"),
    openapi_extra=problems("conflict"),
)
def give(request, id: str, formality: str, piece: str, payload: PieceIn, key: Key = None):
    """In place of the former one, whose document is kept."""
    demand = _writable(request, id)
    track, asked = _piece(demand, formality, piece)
    values = {name: text.strip() for name, text in payload.values.items()}
    _check(asked, values)
    file = asked.given.file if asked.given else None

    def act() -> dict[str, Any]:
        return _given(request, demand, track, piece, values, file)

    return once(request, key, [formality, piece, values], act, PieceOut)


@router.post(
    "/{id}/formalities/{formality}/pieces/{piece}/document",
    auth=WRITE,
    response={201: PieceOut},
    summary=_("Joindre son document à une pièce donnée"),
    openapi_extra=problems("conflict"),
)
def attach(request, id: str, formality: str, piece: str, file: File[UploadedFile], key: Key = None):
    """The type is read from the content."""
    demand = _writable(request, id)
    track, asked = _piece(demand, formality, piece)
    if asked.given is None:
        raise Problem("conflict", gettext("Donnez d'abord cette pièce."))
    digest = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)

    def act() -> dict[str, Any]:
        try:
            stored = files.store(file, by=request.user, at=timezone.now())
        except FormError as refusal:
            raise Problem("invalid", errors={"file": refusal.messages}) from None
        return _given(request, demand, track, piece, asked.given.values, stored)

    return once(request, key, [formality, piece, digest], act, PieceOut)


def _writable(request, id: str) -> Request:
    demand = visible_request(request, id)
    reader = demand.reader
    officer = not reader.on_team and "regulatory_officer" in reader.roles
    if not (reader.holder or officer):
        raise Problem("forbidden")
    return demand


def _piece(demand: Request, formality: str, code: str) -> tuple[Track, PieceGiven]:
    track = demand.case.tracks.filter(kind="formality", key=formality).first()
    pieces = pieces_of(track, demand) if track else []
    found = next((each for each in pieces if each.piece.code == code), None)
    if found is None:
        raise Http404(code)
    return track, found


def _check(asked: PieceGiven, values: dict[str, str]) -> None:
    """Raise Problem unless one way to give the piece is filled whole, and nothing else."""
    ways = [{field.name: field for field in fields} for fields in asked.piece.forms]
    way = max(ways, key=lambda each: len(set(each) & set(values)))
    errors = {name: [gettext("Ce champ n'existe pas ici.")] for name in set(values) - set(way)}
    for name, field in way.items():
        if not field.accepts(values.get(name)):
            errors[name] = [gettext("Cette réponse n'a pas la bonne forme.")]
    if errors:
        raise Problem("invalid", errors=errors)


def _given(request, demand: Request, track: Track, code: str, values, file) -> dict[str, Any]:
    try:
        give_evidence(track, code, values, by=request.user, at=timezone.now(), file=file)
    except WrongState:
        message = gettext("Les pièces ne se donnent plus : la demande est décidée.")
        raise Problem("conflict", message) from None
    return _told(_piece(demand, track.key, code)[1])


def _told(asked: PieceGiven) -> dict[str, Any]:
    given: Evidence | None = asked.given
    return {
        "code": asked.piece.code,
        "label": asked.label,
        "source": asked.source,
        "ways": [
            [
                {
                    "name": field.name,
                    "label": field.label[language()],
                    "type": field.type,
                    "pattern": field.pattern,
                    "choices": list(field.choices),
                }
                for field in fields
            ]
            for fields in asked.piece.forms
        ],
        "given": given and given.values,
        "given_at": given and given.given_at,
        "document": given.file.name if given and given.file else None,
        "valid": asked.valid,
    }
