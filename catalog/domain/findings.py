"""Anomalies that users, or checks of the warehouse, find in the data of an establishment: reported,
taken, answered in the charter's delay (P-10), mended.

A report says what is wrong in the data as a whole: what looks like the number of a person is
refused, as it is in an answer, which is public once it confirms. Each act is written in the
history, and handed to the outbox with it: ``projects.notices.findings`` says who is told.

Who reports from a request is judged by ``projects.domain.findings``; from the catalogue, anybody
of the clinical data centres. What checks find, and when, is ``catalog.domain.quality``'s.
"""

import re
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import (
    Dataset,
    Finding,
    FindingEvent,
    FindingReminder,
    QualityResult,
    Variable,
)
from governance import outbox
from governance.charters import find_clause, load_charter, versions_in_force
from governance.charters.facts import today
from governance.dates import say_day
from governance.models.deadline import Deadline
from governance.permissions import require
from governance.process import clocks
from governance.process.shape import WORKING_DAYS, Delay
from governance.queries.people import is_staff, people_with_role
from governance.roles import Permission

TOLD, REMINDED = "finding", "finding_reminder"
"""The kinds of message of the outbox."""

PROMISED = 30
"""Working days to answer, where the charter in force says nothing of it."""
WARN = (10, 5, 0)
"""How many working days before the date a reminder leaves."""
LEAST, MOST = 20, 4000
"""Characters of what is reported, and of an answer."""
LONGEST_MENDING = timedelta(days=3 * 366)

_PERSON_NUMBER = re.compile(
    r"\d{8,}|\b[12][ .]?\d{2}[ .]?\d{2}[ .]?\d[\dAB][ .]?\d{3}[ .]?\d{3}\b|[\w.+-]+@[\w-]+\.\w+"
)
"""What nobody writes of data as a whole: a long number, a social security number, an address."""


def may_answer(person, establishment, at: datetime) -> bool:
    """Whether ``person`` answers for the data of ``establishment``."""
    try:
        require(person, Permission.EDIT_CATALOGUE, establishment, at=at)
    except PermissionDenied:
        return False
    return True


def report_from_catalogue(
    dataset: Dataset, variable: Variable | None, text: str, *, by, at: datetime
) -> Finding:
    """Report an anomaly as staff of a clinical data centre, whatever the establishment.

    Raises PermissionDenied to others, ValidationError field by field.
    """
    if not is_staff(by, at):
        raise PermissionDenied("report_finding")
    return write(dataset, variable, text, by=by, at=at)


@transaction.atomic
def write(
    dataset: Dataset, variable: Variable | None, text: str, *, by, at: datetime, case=None
) -> Finding:
    """Write an anomaly, found in the data of the request of ``case`` if any; who may is judged by
    the caller. The same words again, while they wait, are the same anomaly. Raises ValidationError.
    """
    text = _words(text, "text")
    if variable is not None and variable.category_id != dataset.category_id:
        raise ValidationError({"variable": _("Cette variable n'est pas de ce jeu de données.")})
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    same = Finding.objects.waiting().filter(
        dataset=dataset, variable=variable, case=case, text=text, reported_by=by
    )
    if (found := same.first()) is not None:
        return found
    finding = Finding.objects.create(
        dataset=dataset,
        variable=variable,
        case=case,
        text=text,
        reported_by=by,
        reported_at=at,
        due_at=clocks.due(delay_at(dataset.establishment_id, at), at),
    )
    _tell(_note(finding, FindingEvent.Kind.REPORTED, by=by, at=at))
    return finding


@transaction.atomic
def open_found(result: QualityResult, *, by, at: datetime) -> Finding | None:
    """Write the anomaly that a check found, in the dataset of what it looks at; ``by`` None, or who
    opened it from the result. It is given to the establishment's data engineer where there is but
    one. None where the establishment describes no data; who may is judged by the caller."""
    establishment = result.run.establishment_id
    dataset, variable = _place_of(establishment, result)
    if dataset is None:
        return None
    engineers = list(people_with_role("data_engineer", establishment, at)[:2])
    finding = Finding.objects.create(
        dataset=dataset,
        variable=variable,
        found_by=result,
        reported_by=by,
        reported_at=at,
        due_at=clocks.due(delay_at(establishment, at), at),
        assigned_to=engineers[0] if len(engineers) == 1 else None,
    )
    _tell(_note(finding, FindingEvent.Kind.FOUND, by=by, at=at))
    return finding


def _place_of(establishment: str, result: QualityResult) -> tuple[Dataset | None, Variable | None]:
    """The dataset, and the variable if it is one, that a check looks at: its column's, else the
    first of its table, else the establishment's first."""
    held = {
        each.category_id: each
        for each in Dataset.objects.listed().filter(establishment=establishment)
    }
    among = Variable.objects.filter(table=result.table, category__in=held).order_by(
        "category__position", "code"
    )
    check = result.check_of
    exact = among.filter(column=check.column, concept=check.concept).first() if check else None
    of_it = exact or among.first()
    first = next(iter(held.values()), None)
    return (held[of_it.category_id] if of_it else first), exact


def last_found(establishment: str) -> dict[str, Finding]:
    """Code of a check -> the last anomaly that it found at an establishment. One query."""
    found = Finding.objects.filter(found_by__run__establishment=establishment)
    listed = found.select_related("found_by").order_by("found_by__code", "-pk")
    return {each.found_by.code: each for each in listed.distinct("found_by__code")}


@transaction.atomic
def follow_check(finding: Finding, result: QualityResult, *, at: datetime) -> None:
    """Write on an open anomaly that its check is held again, or once more is not. Nothing when that
    is what the run before said, or when the check could not be judged."""
    kinds = {
        QualityResult.Outcome.PASSED: FindingEvent.Kind.HOLDS,
        QualityResult.Outcome.FAILED: FindingEvent.Kind.FAILS,
    }
    now = kinds.get(result.outcome)
    if now is None or (now == FindingEvent.Kind.HOLDS) == (held_again(finding) is not None):
        return
    event = _note(finding, now, by=None, at=at, day=today(result.run.measured_at))
    if now == FindingEvent.Kind.HOLDS:
        _tell(event)


def held_again(finding: Finding) -> FindingEvent | None:
    """What says that the check which found it is held again, as far as the last run knows."""
    said = finding.events.filter(kind__in=FindingEvent.OF_CHECKS).order_by("-pk").first()
    return said if said is not None and said.kind == FindingEvent.Kind.HOLDS else None


def delay_at(establishment: str, at: datetime) -> Delay:
    """In how long an establishment answers what is reported at ``at``: P-10's parameter."""
    version = versions_in_force(today(at), establishment).get("producteur")
    try:
        clause = find_clause("P-10", [load_charter("producteur", version)] if version else [])
    except KeyError:
        return Delay(PROMISED, WORKING_DAYS, warn=WARN)
    return Delay(clause.values["delay"], WORKING_DAYS, warn=WARN)


@transaction.atomic
def take(finding: Finding, *, by, at: datetime) -> Finding:
    """Take charge of an anomaly, from a colleague if need be; twice changes nothing.

    Raises PermissionDenied, ValidationError when nothing is left to do.
    """
    locked = _locked(finding, by, at)
    if not (locked.waits or locked.to_mend):
        raise ValidationError(_("Cette anomalie n'attend plus rien."))
    if locked.assigned_to_id != by.pk:
        locked.assigned_to = by
        locked.save(update_fields=["assigned_to"])
        _note(locked, FindingEvent.Kind.TAKEN, by=by, at=at)
    return locked


@transaction.atomic
def answer(
    finding: Finding, state: str, text: str, day: date | None, *, by, at: datetime
) -> Finding:
    """Answer: ``mended`` on ``day``, ``to_mend`` by ``day``, or ``dismissed``, with the reason.

    The same answer twice is one. Raises PermissionDenied, ValidationError field by field.
    """
    locked = _locked(finding, by, at)
    text = _words(text, "text")
    if state not in (Finding.State.MENDED, Finding.State.TO_MEND, Finding.State.DISMISSED):
        raise ValidationError({"state": _("Choisissez une réponse de la liste.")})
    if not locked.waits:
        if (locked.state, locked.answer) == (state, text):
            return locked
        raise ValidationError(
            _("Une réponse a déjà été donnée, le %(day)s.") % {"day": say_day(locked.answered_at)}
        )
    locked.state, locked.answer, locked.answered_at = state, text, at
    locked.assigned_to = locked.assigned_to or by
    if state == Finding.State.MENDED:
        locked.mended_on = _mended_on(day, at)
    elif state == Finding.State.TO_MEND:
        locked.mend_by = _mend_by(day, at)
    locked.save()
    said = None if state == Finding.State.DISMISSED else day
    _tell(_note(locked, state, by=by, at=at, text=text, day=said))
    return locked


@transaction.atomic
def mend(finding: Finding, day: date | None, text: str, *, by, at: datetime) -> Finding:
    """Say that a confirmed anomaly was mended on ``day``; twice is once."""
    locked = _locked(finding, by, at)
    if locked.state == Finding.State.MENDED:
        return locked
    _must_be_to_mend(locked)
    locked.state, locked.mended_on = Finding.State.MENDED, _mended_on(day, at)
    text = _words(text, "text") if text.strip() else ""
    locked.save(update_fields=["state", "mended_on"])
    _tell(_note(locked, FindingEvent.Kind.MENDED, by=by, at=at, text=text, day=day))
    return locked


@transaction.atomic
def put_off(finding: Finding, day: date | None, text: str, *, by, at: datetime) -> Finding:
    """Put off to ``day`` the mending of a confirmed anomaly, and say why; twice is once."""
    locked = _locked(finding, by, at)
    _must_be_to_mend(locked)
    text = _words(text, "text")
    if locked.mend_by == day:
        return locked
    locked.mend_by = _mend_by(day, at)
    locked.save(update_fields=["mend_by"])
    _note(locked, FindingEvent.Kind.PUT_OFF, by=by, at=at, text=text, day=day)
    return locked


def remind(*, at: datetime) -> int:
    """Have the reminders owed by ``at``, and not sent, leave; return how many.

    Of an answer, as for every clock: before its date, then past it, to more and more people. Of a
    mending that was promised: once its day is past. Harmless twice, and after a missed night.
    """
    sent = 0
    waiting = Finding.objects.waiting().select_related("dataset").prefetch_related("reminders")
    for finding in waiting.order_by("pk").iterator(chunk_size=1000):
        clock = Deadline(due_at=finding.due_at, with_whom=Deadline.With.BODY)
        owed = clocks.reminders_owed(
            clock, delay_at(finding.dataset.establishment_id, finding.reported_at), at
        )
        sent += _send(finding, owed, at)
    unmended = Finding.objects.filter(state=Finding.State.TO_MEND, mend_by__lt=today(at))
    for finding in unmended.prefetch_related("reminders").iterator(chunk_size=1000):
        sent += _send(finding, [f"unmended:{finding.mend_by.isoformat()}"], at)
    return sent


def _send(finding: Finding, owed: list[str], at: datetime) -> int:
    gone = {reminder.kind for reminder in finding.reminders.all()}
    return sum(_send_one(finding, kind, at) for kind in owed if kind not in gone)


@transaction.atomic
def _send_one(finding: Finding, kind: str, at: datetime) -> bool:
    stands = Finding.objects.select_for_update().filter(pk=finding.pk, state=finding.state)
    if not stands.exists():
        return False
    reminder, created = FindingReminder.objects.get_or_create(
        finding=finding, kind=kind, defaults={"sent_at": at}
    )
    if created:
        outbox.enqueue(REMINDED, {"reminder": reminder.pk})
    return created


def _locked(finding: Finding, by, at: datetime) -> Finding:
    locked = Finding.objects.select_for_update(of=("self",)).named().get(pk=finding.pk)
    require(by, Permission.EDIT_CATALOGUE, locked.dataset.establishment_id, at=at)
    return locked


def _must_be_to_mend(finding: Finding) -> None:
    if not finding.to_mend:
        raise ValidationError(_("Rien n'est à corriger : cette anomalie n'attend plus rien."))


def _words(text: str, field: str) -> str:
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) < LEAST:
        raise ValidationError(
            {field: _("Écrivez %(least)d caractères au moins.") % {"least": LEAST}}
        )
    if len(text) > MOST:
        raise ValidationError({field: _("Écrivez %(most)d caractères au plus.") % {"most": MOST}})
    if found := _PERSON_NUMBER.search(text):
        raise ValidationError(
            {
                field: _(
                    "« %(found)s » ressemble à ce qui désigne une personne : retirez-le, et dites "
                    "ce qui ne va pas dans l'ensemble des données."
                )
                % {"found": found.group()}
            }
        )
    return text


def _mended_on(day: date | None, at: datetime) -> date:
    if day is None:
        raise ValidationError({"day": _("Dites quel jour l'anomalie a été corrigée.")})
    if not date(2000, 1, 1) <= day <= today(at):
        raise ValidationError(
            {"day": _("Le jour de la correction est passé, ou c'est aujourd'hui.")}
        )
    return day


def _mend_by(day: date | None, at: datetime) -> date:
    if day is None:
        raise ValidationError({"day": _("Dites avant quel jour l'anomalie sera corrigée.")})
    if not today(at) < day <= today(at) + LONGEST_MENDING:
        raise ValidationError({"day": _("Choisissez un jour à venir, dans trois ans au plus.")})
    return day


def _note(finding: Finding, kind: str, *, by, at: datetime, text: str = "", day=None):
    return FindingEvent.objects.create(finding=finding, kind=kind, by=by, at=at, text=text, day=day)


def _tell(event: FindingEvent) -> None:
    outbox.enqueue(TOLD, {"event": event.pk})
