"""What citizens read of a request, and from when: computed, never typed twice.

`process.md` of the governance says it in words: from admissibility, who asks and why; from the
authorisation, the holder, the data, the funder; confidential parts are deferred with a date.
"""

import hashlib
import json

from projects.dossier.form import SECTIONS
from projects.models import Request

ADMISSIBILITY, AUTHORISATION = "admissibility", "authorisation"


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
    return shown


def missing(request: Request, answers: dict[str, dict]) -> list[str]:
    """Fields of the record that lack for it to be published at admissibility."""
    shown = preview(request, answers)[ADMISSIBILITY]
    return sorted(code for code, said in shown.items() if not said)


def preview_digest(request: Request, answers: dict[str, dict]) -> str:
    """The hash of the preview: a confirmation holds for what was shown, and nothing else."""
    text = json.dumps(preview(request, answers), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
