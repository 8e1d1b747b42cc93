"""The deposit: what lacks, the route computed, the preview confirmed, then the step itself."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from governance.charters import Verdict
from governance.models import Case, Decision
from governance.process.engine import take_step
from governance.process.judgement import judge_step
from governance.process.registry import Asked, registered
from governance.qualification import Unanswered, qualify
from projects.dossier import public_record
from projects.models import Qualification, Request


class PreviewChanged(Exception):
    """What becomes public is no longer what was read on the page: it must be read again."""


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


@dataclass(frozen=True)
class Outcome:
    """What a deposit would meet: what lacks, and what would be deposited under reserve."""

    lacking: list[Verdict]
    reserves: list[Verdict]


def outcome(request: Request, at: datetime) -> Outcome:
    """What a deposit would meet at `at`, whoever asks. The confirmation of the preview is left
    aside: depositing is confirming it."""
    owner, case = registered("request"), request.case
    rule = owner.process.step("submit")
    asked = Asked(case, rule, rule.outcomes[0])
    found = judge_step(owner.facts(case, at), {}, asked, at)
    return Outcome(
        [v for v in found.blocking if v.article != "C-12"],
        [v for v in found.verdicts if v.holds is None and v not in found.blocking],
    )


@transaction.atomic
def confirm_preview(request: Request, *, by, at: datetime) -> None:
    """Record that the holder saw what becomes public, and when (C-12)."""
    answers = {s.code: s.answers for s in request.sections.all()}
    request.case.records.create(
        kind="preview_confirmed",
        at=at,
        by=by,
        data={"sha256": public_record.preview_digest(request, answers)},
    )


def shown_preview(request: Request) -> str:
    """The digest of what a page shows of the preview: it comes back with the confirmation."""
    answers = {s.code: s.answers for s in request.sections.all()}
    return public_record.preview_digest(request, answers)


@transaction.atomic
def submit(
    request: Request, *, by, at: datetime, key: str | None = None, shown: str | None = None
) -> Decision:
    """Confirm the preview, compute the route and deposit. Raises a Refusal, writing nothing.

    `shown` is the digest of the preview that `by` read: PreviewChanged when somebody wrote since.
    With `key`, asking again gives the first decision and confirms nothing twice.
    """
    case = Case.objects.select_for_update().get(pk=request.pk)
    if case.state == "draft":
        if shown is not None and shown != shown_preview(request):
            raise PreviewChanged
        confirm_preview(request, by=by, at=at)
        compute_route(request)
    return take_step(request.case, "submit", by=by, at=at, key=key)
