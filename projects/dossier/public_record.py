"""What citizens read of a request, and from when: computed, never typed twice.

`process.md` of the governance says it in words: from admissibility, who asks and why; from the
authorisation, the holder, the data, the funder; confidential parts are deferred with a date.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from governance.charters.facts import months_later
from projects.dossier.form import SECTIONS
from projects.models import Request

ADMISSIBILITY, AUTHORISATION = "admissibility", "authorisation"
LONGEST_DEFERRAL = 36
"""In months from the day it is judged: what is confidential is public then at the latest."""


@dataclass(frozen=True)
class Deferral:
    """The fields that become public on `until` rather than at their moment, and why."""

    ground: str
    parts: tuple[str, ...]
    until: date


def asks_to_defer(answers: dict[str, dict]) -> bool:
    """Whether its holder says that a part of the record is confidential."""
    return answers.get("project", {}).get("deferred_ground") in ("patent", "trade_secret")


def deferral(answers: dict[str, dict], day: date | None = None) -> Deferral | None:
    """What the record defers, once the holder said which parts and until when; what it still holds
    back on `day`, when one is given."""
    said = answers.get("project", {})
    parts, until = said.get("deferred_parts"), said.get("deferred_until")
    if not (asks_to_defer(answers) and parts and until):
        return None
    found = Deferral(said["deferred_ground"], tuple(parts), date.fromisoformat(until))
    return found if day is None or day < found.until else None


def public_fields(moment: str) -> list[tuple[str, str]]:
    """The (section, field) pairs that become public at that moment."""
    return [
        (section.code, field.code)
        for section in SECTIONS
        for field in section.fields
        if field.public == moment
    ]


def value(request: Request, answers: dict[str, dict], section: str, code: str):
    """The answer to a field, wherever it is stored."""
    form = next(s for s in SECTIONS if s.code == section)
    if form.field(code).column:
        return getattr(request, code)
    return answers.get(section, {}).get(code)


def preview(request: Request, answers: dict[str, dict]) -> dict[str, dict]:
    """What becomes public, by moment: field code → value (empty when not answered yet)."""
    shown = {
        moment: {code: value(request, answers, section, code) for section, code in fields}
        for moment in (ADMISSIBILITY, AUTHORISATION)
        for fields in [public_fields(moment)]
    }
    shown[ADMISSIBILITY]["organisation"] = request.organisation and request.organisation.name
    shown[ADMISSIBILITY]["sites"] = [a.establishment_id for a in request.asked_sites.all()]
    held = deferral(answers)
    if held:
        shown["deferred"] = {"parts": list(held.parts), "until": held.until, "ground": held.ground}
    return shown


def missing(request: Request, answers: dict[str, dict], day: date) -> list[str]:
    """Fields of the record that lack on `day` for it to be published at admissibility; `deferral`
    when a part is said confidential without saying which, or until when, or for too long."""
    shown = preview(request, answers)[ADMISSIBILITY]
    lacking = [code for code, said in shown.items() if not said]
    if asks_to_defer(answers):
        held = deferral(answers)
        if held is None or held.until > months_later(day, LONGEST_DEFERRAL):
            lacking.append("deferral")
    return sorted(lacking)


def preview_digest(request: Request, answers: dict[str, dict]) -> str:
    """The hash of the preview: a confirmation holds for what was shown, and nothing else."""
    text = json.dumps(preview(request, answers), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
