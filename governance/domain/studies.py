"""Impact studies: a proposed version judged against every open request, amendment and draft, and
against the last decisions.

A study goes by batches, each its own transaction under the study's lock, so that progress is seen,
a worker that is lost loses one batch, and two workers never count a request twice.
"""

import uuid
from collections.abc import Iterator
from datetime import date, datetime

from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from governance.charters import Charter, library, load_charter, read_charter, versions_in_force
from governance.charters.compare import as_strict
from governance.charters.facts import today
from governance.charters.versions import is_local
from governance.domain.proposals import lock, may_propose
from governance.models.case import Case
from governance.models.charter_proposal import CharterProposal, ImpactStudy
from governance.models.decision import Decision
from governance.process import impact
from governance.process.registry import About, registered

STUDIED = ("request", "amendment")
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
    cursor, more = _next_batch(study, versions, found)
    study.done = found.judged
    study.result = {"found": found.as_data(), "cursor": cursor, "base": versions.now.version}
    if not more:
        study.finished_at, study.total = at, study.done
    study.save()
    return more


def versions_of(proposal: CharterProposal, on: date) -> impact.Versions:
    """The version in force that day, which the proposal would replace, and its own; for a version
    of the network, those of each establishment that has its own the day it takes effect."""
    then = read_charter(proposal.text, charter=proposal.charter, version=proposal.version)
    code, place = proposal.charter, proposal.establishment_id
    base = load_charter(code, versions_in_force(on, place)[code])
    if place is not None:
        return impact.Versions(base, then)
    places = {each.establishment for each in library.adopted(code)} - {None}
    return impact.Versions(base, then, dict(_local(then, max(on, then.in_force_from), places)))


def _local(then: Charter, day: date, places: set[str]) -> Iterator[tuple[str, impact.Versions]]:
    """Of each establishment that has its own version that day: that one, and what would follow."""
    for place in places:
        version = versions_in_force(day, place)[then.code]
        if is_local(version):
            own = load_charter(then.code, version)
            yield place, impact.Versions(own, own if as_strict(own, then) else then)


def open_cases(proposal: CharterProposal):
    """The requests and amendments that are not ended; for a local version, those that the
    establishment leads and the drafts, which say elsewhere where they would be led."""
    found = Case.objects.exclude(
        state__in={
            state.code
            for each in STUDIED
            for state in registered(each).process.states
            if state.ended
        }
    )
    found = found.filter(process__in=STUDIED).order_by("pk")
    place = proposal.establishment_id
    if place is None:
        return found
    drafts = Q(lead__isnull=True, parent__isnull=True)
    return found.filter(_led(place) | drafts)


def last_decisions(proposal: CharterProposal):
    """The decisions on requests and amendments, the last ones first."""
    found = Decision.objects.filter(case__process__in=STUDIED).order_by("-at", "-pk")
    place = proposal.establishment_id
    return found if place is None else found.filter(_led(place, "case__"))


def _led(place: str, of: str = "") -> Q:
    """What an establishment leads: an amendment is judged where its request is led."""
    alone = {f"{of}parent__isnull": True, f"{of}lead": place}
    return Q(**alone) | Q(**{f"{of}parent__lead": place})


def _total(proposal: CharterProposal, last: int) -> int:
    decisions = last_decisions(proposal).order_by()[:last].count()
    return open_cases(proposal).count() + decisions


def _next_batch(study, versions, found) -> tuple[dict, bool]:
    cursor = study.result.get("cursor") or {"cases": ""}
    if "cases" in cursor:
        cases = open_cases(study.proposal).select_related("parent").prefetch_related("tracks")
        if cursor["cases"]:
            cases = cases.filter(pk__gt=uuid.UUID(cursor["cases"]))
        batch = list(cases[:BATCH])
        _judge_cases(batch, study, versions, found)
        if len(batch) == BATCH:
            return {"cases": str(batch[-1].pk)}, True
        return {"decisions": 0}, study.last > 0
    begin = cursor["decisions"]
    end = min(begin + BATCH * 10, study.last)
    # What is decided meanwhile is not of the study, and would shift its batches.
    decisions = last_decisions(study.proposal).filter(at__lte=study.asked_at)
    batch = list(decisions.select_related("case__parent", "track", "facts")[begin:end])
    abouts = _abouts([decision.case for decision in batch])
    for decision in batch:
        those = versions.of((decision.case.parent or decision.case).lead_id)
        about = abouts.get(decision.case_id, About())
        found.add_decision(decision, those, impact.of_decision(decision, those, about))
    return {"decisions": end}, len(batch) == end - begin and end < study.last


def _judge_cases(cases: list[Case], study, versions: impact.Versions, found) -> None:
    """Judge a batch of requests and amendments: what one needs is read for all of a process."""
    place, abouts = study.proposal.establishment_id, _abouts(cases)
    for process, some in _by_process(cases):
        owner = registered(process)
        leads = owner.led_by_each([case for case in some if not case.lead_id and not case.parent])
        leads |= {case.pk: (case.parent or case).lead_id for case in some if case.pk not in leads}
        here = [case for case in some if place in (None, leads[case.pk])]
        facts = owner.facts_each(here, study.asked_at)
        for case in here:
            those = versions.of(leads[case.pk])
            about = abouts.get(case.pk, About())
            judged = impact.of_case(case, facts[case.pk], those, study.asked_at, about)
            found.add_case(case, those, judged)


def _abouts(cases: list[Case]) -> dict[uuid.UUID, About]:
    found = {}
    for process, some in _by_process(cases):
        found |= registered(process).about_each(some)
    return found


def _by_process(cases: list[Case]) -> Iterator[tuple[str, list[Case]]]:
    for process in STUDIED:
        if some := [case for case in cases if case.process == process]:
            yield process, some
