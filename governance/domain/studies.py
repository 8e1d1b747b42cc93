"""Impact studies: a proposed version judged against every open request and the last decisions.

A study goes by batches, each its own transaction under the study's lock, so that progress is seen,
a worker that is lost loses one batch, and two workers never count a request twice.
"""

import uuid
from datetime import date, datetime

from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.charters import load_charter, read_charter, versions_in_force
from governance.charters.facts import today
from governance.domain.proposals import lock, may_propose
from governance.models.case import Case
from governance.models.charter_proposal import CharterProposal, ImpactStudy
from governance.models.decision import Decision
from governance.process import impact
from governance.process.registry import registered

BATCH = 50
LAST, MOST = 1_000, 100_000
"""Decisions judged again if one does not say, and at most."""


@transaction.atomic
def ask(proposal: CharterProposal, *, last: int = LAST, by, at: datetime) -> ImpactStudy:
    """Have a study made of the text as it stands; gives the one that runs already, if any.

    Raises ValidationError on a text with faults or not examined yet.
    """
    may_propose(by, proposal.establishment_id, at=at)
    proposal = lock(proposal)
    if not proposal.sound:
        raise ValidationError(_("Le texte doit d'abord passer les preuves sans défaut."))
    if not 0 <= last <= MOST:
        raise ValidationError({"last": _("Choisissez un nombre entre 0 et 100 000.")})
    running = proposal.studies.filter(finished_at__isnull=True).first()
    if running is not None:
        return running
    study = ImpactStudy.objects.create(
        proposal=proposal, text_sha256=proposal.sha256, last=last, asked_at=at
    )
    transaction.on_commit(lambda: wake(study), robust=True)
    return study


def wake(study: ImpactStudy) -> None:
    """Ask a worker to go on with a study; a hint, which may be lost."""
    current_app.send_task("governance.tasks.go_on_with_study", args=[study.pk], ignore_result=True)


def unfinished():
    """The studies that were asked for and are not at their end."""
    return ImpactStudy.objects.filter(finished_at__isnull=True).order_by("pk")


@transaction.atomic
def advance(pk: int, *, at: datetime) -> bool:
    """Judge one more batch of a study; whether there is more to do.

    False too when another worker holds it, or when the text changed meanwhile: what is left would
    say nothing of the new one.
    """
    study = (
        ImpactStudy.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("proposal")
        .filter(pk=pk, finished_at__isnull=True)
        .first()
    )
    if study is None:
        return False
    proposal = study.proposal
    if study.text_sha256 != proposal.sha256 or not proposal.open:
        study.finished_at = at
        study.save(update_fields=["finished_at"])
        return False
    versions = versions_of(proposal, today(study.asked_at))
    found = impact.Impact.from_data(study.result.get("found"))
    if study.started_at is None:
        study.started_at, study.total = at, _total(proposal, study.last)
    cursor, more = _next_batch(study, versions, found, at)
    study.done = sum(each["judged"] for each in (found.open, found.drafts, found.decided))
    study.result = {"found": found.as_data(), "cursor": cursor, "base": versions.now.version}
    if not more:
        study.finished_at, study.total = at, study.done
    study.save()
    return more


def versions_of(proposal: CharterProposal, on: date) -> impact.Versions:
    """The version in force that day, which the proposal would replace, and its own."""
    then = read_charter(proposal.text, charter=proposal.charter, version=proposal.version)
    base = versions_in_force(on, proposal.establishment_id)[proposal.charter]
    return impact.Versions(load_charter(proposal.charter, base), then)


def open_cases(proposal: CharterProposal):
    """The requests that are not ended, those that the establishment leads for a local version."""
    ended = [state.code for state in registered("request").process.states if state.ended]
    found = Case.objects.filter(process="request").exclude(state__in=ended).order_by("pk")
    place = proposal.establishment_id
    return found if place is None else found.filter(lead=place)


def last_decisions(proposal: CharterProposal):
    """The decisions on requests, the last ones first."""
    found = Decision.objects.filter(case__process="request").order_by("-at", "-pk")
    place = proposal.establishment_id
    return found if place is None else found.filter(case__lead=place)


def _total(proposal: CharterProposal, last: int) -> int:
    decisions = last_decisions(proposal).order_by()[:last].count()
    return open_cases(proposal).count() + decisions


def _next_batch(study, versions, found, at) -> tuple[dict, bool]:
    cursor = study.result.get("cursor") or {"cases": ""}
    if "cases" in cursor:
        cases = open_cases(study.proposal).prefetch_related("tracks")
        if cursor["cases"]:
            cases = cases.filter(pk__gt=uuid.UUID(cursor["cases"]))
        batch = list(cases[:BATCH])
        for case in batch:
            found.add_request(case, impact.of_request(case, versions, study.asked_at))
        if len(batch) == BATCH:
            return {"cases": str(batch[-1].pk)}, True
        return {"decisions": 0}, study.last > 0
    begin = cursor["decisions"]
    end = min(begin + BATCH * 10, study.last)
    # What is decided meanwhile is not of the study, and would shift its batches.
    decisions = last_decisions(study.proposal).filter(at__lte=study.asked_at)
    batch = list(decisions.select_related("case", "track", "facts")[begin:end])
    for decision in batch:
        found.add_decision(decision, impact.of_decision(decision, versions))
    return {"decisions": end}, len(batch) == end - begin and end < study.last
