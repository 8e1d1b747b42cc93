"""A request as the API says it, and its answers as one document that a merge patch changes.

The document holds each section of the form with its answers; what is chosen rather than typed
stands in its section too: `team.organisation`, `team.legal_persons`, `data.variables`,
`sites.establishments`, `sites.lead`. What is not answered is not there.
"""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from ninja import Header
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic import ValidationError as ShapeError

from governance.models import Participation
from governance.models.case import Case
from governance.process.outlook import Outlook
from governance.process.table import REQUEST
from portal.api.errors import Problem, shape_problem
from portal.api.rules import language
from projects.domain import choices, drafts
from projects.dossier import public_record
from projects.dossier.form import SECTIONS
from projects.models import LegalPerson, Request
from projects.queries.overview import who_next


class _LegalPerson(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    organisation: str = Field(max_length=200)
    part: Literal[*LegalPerson.Part.values]


class _Variable(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    variable: str = Field(max_length=80)
    reason: str = Field("", max_length=500)
    objective: str = Field("primary", max_length=16)


IfMatch = Annotated[
    str | None,
    Header(None, alias="If-Match", max_length=500, description="the ETag of what was read"),
]

_Name = Annotated[str, Field(max_length=200)]
_Code = Annotated[str, Field(max_length=40)]

CHOSEN = {
    "team": {
        "organisation": TypeAdapter(_Name | None),
        "legal_persons": TypeAdapter(Annotated[list[_LegalPerson], Field(max_length=100)] | None),
    },
    "data": {"variables": TypeAdapter(Annotated[list[_Variable], Field(max_length=1000)] | None)},
    "sites": {
        "establishments": TypeAdapter(Annotated[list[_Code], Field(max_length=100)] | None),
        "lead": TypeAdapter(_Code | None),
    },
}
"""What is chosen rather than typed, by section, and its shape."""


def answers_of(demand: Request) -> dict[str, dict[str, Any]]:
    """The answers, section by section; what is not answered is left out."""
    rows = {row.code: row.answers for row in demand.sections.all()}
    said = {}
    for form in SECTIONS:
        stored = rows.get(form.code, {})
        answers = {
            field.code: getattr(demand, field.code) if field.column else stored.get(field.code)
            for field in form.fields
        }
        if form.code == "data":
            answers["cohort"] = stored.get("cohort")
        said[form.code] = {k: v for k, v in answers.items() if v not in (None, "")}
    for section, chosen in _chosen(demand).items():
        said[section] |= {k: v for k, v in chosen.items() if v not in (None, "", [])}
    return said


def _chosen(demand: Request) -> dict[str, dict[str, Any]]:
    asked = list(demand.asked_sites.all())
    return {
        "team": {
            "organisation": demand.organisation and demand.organisation.name,
            "legal_persons": [
                {"organisation": each.organisation.name, "part": each.part}
                for each in demand.legal_persons.select_related("organisation")
            ],
        },
        "data": {
            "variables": [
                {"variable": v.variable_id, "reason": v.reason, "objective": v.objective}
                for v in demand.asked_variables.all()
            ]
        },
        "sites": {
            "establishments": [each.establishment_id for each in asked],
            "lead": next((each.establishment_id for each in asked if each.leads), None),
        },
    }


def etag_of(demand: Request, answers: dict) -> str:
    """A strong entity tag over the state and the answers: the same in every language."""
    case = demand.case
    said = [str(case.pk), case.state, case.revision, case.number, answers]
    text = json.dumps(said, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:40]}"'


def merged(target: Any, patch: Any) -> Any:
    """``target`` once ``patch`` is applied, as RFC 7396 says."""
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


@transaction.atomic
def write(demand: Request, patch: dict, *, by, at: datetime, if_match: str | None = None) -> None:
    """Apply a merge patch to the answers, all of it or nothing.

    With ``if_match``, only when the request is still as its caller read it. Raises Problem.
    """
    Case.objects.select_for_update().get(pk=demand.pk)
    demand.refresh_from_db()
    before = answers_of(demand)
    if if_match is not None and not matches(if_match, etag_of(demand, before)):
        raise Problem("stale")
    after = {code: merged(before[code], said or {}) for code, said in patch.items()}
    errors: dict[str, list[str]] = {}
    for code, answers in after.items():
        changed = _changed(before[code], answers)
        chosen = {name: changed.pop(name) for name in CHOSEN.get(code, ()) if name in changed}
        if misshapen := _misshapen(code, chosen):
            errors |= misshapen
            continue
        try:
            if changed:
                drafts.save_section(demand, code, changed, replaces=before[code], by=by, at=at)
            if chosen:
                _choose(demand, code, answers, chosen, by=by, at=at)
        except drafts.NotEditable:
            raise not_editable(code) from None
        except ValidationError as error:
            errors |= _placed(code, error)
    if errors:
        raise Problem("invalid", errors=errors)


def _misshapen(code: str, chosen: dict) -> dict[str, list[str]]:
    """Messages about what is chosen and has not its shape."""
    found: dict[str, list[str]] = {}
    for name, value in chosen.items():
        try:
            CHOSEN[code][name].validate_python(value)
        except ShapeError as error:
            complaints = error.errors(include_url=False)
            for each in complaints:
                each["loc"] = ("answers", code, name, *each["loc"])
            found |= shape_problem(complaints).errors
    return found


def _changed(before: dict, after: dict) -> dict:
    """The fields that differ, with their new value; None for one that is taken away."""
    names = before.keys() | after.keys()
    return {n: after.get(n) for n in sorted(names) if before.get(n) != after.get(n)}


def _choose(demand: Request, code: str, answers: dict, chosen: dict, *, by, at) -> None:
    match code:
        case "team":
            if "organisation" in chosen:
                choices.name_organisation(demand, answers.get("organisation"), by=by, at=at)
            if "legal_persons" in chosen:
                choices.name_legal_persons(demand, answers.get("legal_persons"), by=by, at=at)
        case "data":
            choices.choose_variables(demand, answers.get("variables"), by=by, at=at)
        case "sites":
            establishments, lead = answers.get("establishments"), answers.get("lead")
            choices.choose_sites(demand, establishments, lead=lead, by=by, at=at)


def _placed(section: str, error: ValidationError) -> dict[str, list[str]]:
    """A section's messages under their place in the document."""
    if not hasattr(error, "error_dict"):
        return {f"answers.{section}": [str(m) for m in error.messages]}
    return {
        f"answers.{section}.{field}": [str(m) for m in messages]
        for field, messages in error.message_dict.items()
    }


def not_editable(section: str) -> Problem:
    """The refusal of a change to what is with its reviewers."""
    message = _("Cette section ne peut pas être modifiée maintenant.")
    return Problem("conflict", errors={f"answers.{section}": [message]})


def matches(if_match: str, etag: str) -> bool:
    """Whether an ``If-Match`` names ``etag`` (RFC 9110: strong comparison)."""
    named = [each.strip() for each in if_match.split(",")]
    return "*" in named or etag in named


def told(demand: Request, person, at: datetime) -> dict[str, Any]:
    """The request as its readers know it. The number of queries is constant."""
    case, answers = demand.case, answers_of(demand)
    outlook = Outlook(case, at)
    stored = {row.code: row.answers for row in demand.sections.all()}
    return {
        "etag": etag_of(demand, answers),
        **heading(demand),
        "revision": case.revision,
        "answers": answers,
        "editable": list(drafts.editable_sections(demand)) if demand.reader.writes else [],
        "team": _team(demand, at),
        "tracks": [track_told(each) for each in outlook.tracks],
        "attachments": list(
            demand.attachments.filter(removed_at__isnull=True).select_related("file")
        ),
        "waiting": _waiting(demand, outlook),
        "preview": {
            **public_record.preview(demand, stored),
            "digest": public_record.preview_digest(demand, stored),
        },
    }


def heading(demand: Request) -> dict[str, Any]:
    """What a list says of a request."""
    case = demand.case
    return {
        "id": case.pk,
        "number": case.number,
        "title": demand.title,
        "acronym": demand.acronym,
        "state": case.state,
        "state_label": REQUEST.state(case.state).label.say(language()),
        "state_since": case.state_since,
        "opened_at": case.opened_at,
        "lead": case.lead_id,
        "establishments": [each.establishment_id for each in demand.asked_sites.all()],
    }


def track_told(track) -> dict[str, Any]:
    """One line that runs inside the request."""
    shape = REQUEST.track(track.kind)
    return {
        "kind": track.kind,
        "key": track.key,
        "status": track.status,
        "status_label": shape.statuses[track.status].say(language()),
        "since": track.status_since,
    }


def _team(demand: Request, at: datetime) -> list[dict]:
    rows = (
        Participation.objects.filter(case_id=demand.pk, part__in=Participation.TEAM)
        .valid(at)
        .select_related("person")
        .order_by("pk")
    )
    return [
        {"ref": r.person.ref, "name": str(r.person), "part": r.part, "since": r.since} for r in rows
    ]


def _waiting(demand: Request, outlook: Outlook) -> dict | None:
    found = who_next(demand, demand.reader, outlook)
    if found is None:
        return None
    return {
        "who": str(found.who),
        "what": str(found.what),
        "until": found.until,
        "mine": found.mine,
        "others": found.others,
    }
