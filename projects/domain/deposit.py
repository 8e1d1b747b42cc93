"""The deposit: what lacks, the route computed, the preview confirmed, then the step itself."""

from datetime import datetime

from django.db import transaction

from governance.models import Decision
from governance.process.engine import open_steps, take_step
from governance.qualification import Unanswered, qualify
from projects import public
from projects.models import Qualification, Request


def regulatory_answers(request: Request) -> dict:
    """The answers `qualify` reads: the regulatory section, and what other sections already say."""
    answers = {s.code: s.answers for s in request.sections.all()}
    purpose = answers.get("purpose", {})
    known = {k: v for k, v in answers.get("regulatory", {}).items() if v not in (None, "")}
    if purpose.get("purpose"):
        known["purpose"] = purpose["purpose"]
    if purpose.get("prohibited_answered"):
        known["prohibited_purpose"] = bool(purpose.get("prohibited"))
    if request.requester_kind in ("startup", "association"):
        known.setdefault("requester", request.requester_kind)
    return known


def compute_route(request: Request) -> dict:
    """The route computed from the answers, kept with its reasons: `qualify`'s own answer.

    When questions that matter are unanswered, `{"missing": [their codes]}`.
    """
    try:
        found = qualify(regulatory_answers(request)).as_data()
    except Unanswered as unanswered:
        found = {"missing": list(unanswered.codes)}
    Qualification.objects.update_or_create(request=request, defaults={"computed": found})
    return found


def obstacles(request: Request, at: datetime):
    """What stands between a draft and its deposit, by who can mend it."""
    holder = request.case.participations.get(part="holder", until__isnull=True).person
    return next(
        s for s in open_steps(request.case, holder, at) if s.step.code == "submit"
    ).obstacles


@transaction.atomic
def confirm_preview(request: Request, *, by, at: datetime) -> None:
    """Record that the holder saw what becomes public, and when (C-12)."""
    answers = {s.code: s.answers for s in request.sections.all()}
    request.case.records.create(
        kind="preview_confirmed",
        at=at,
        by=by,
        data={"sha256": public.preview_digest(request, answers)},
    )


@transaction.atomic
def submit(request: Request, *, by, at: datetime, key: str | None = None) -> Decision:
    """Confirm the preview, compute the route and deposit. Raises a Refusal, writing nothing."""
    confirm_preview(request, by=by, at=at)
    compute_route(request)
    return take_step(request.case, "submit", by=by, at=at, key=key)
