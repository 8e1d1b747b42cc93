"""What leaves the working spaces: deposited by a member of the team, examined by the portal,
checked by one person or two, let out or not.

The only code that writes the state of an output. Each act is one transaction, the case locked: two
who answer at once wait for each other, and nothing is let out of an access that is suspended in
between. What names a person, or cannot be read, is stopped by the portal itself. The bytes of what
is not let out are erased in the same transaction, and again after a restore.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters import load_charter, versions_in_force
from governance.charters.facts import months_later, today
from governance.domain import erasures, files
from governance.domain.audit import record
from governance.ledger.leaves import append_leaf
from governance.models import Case, Conflict, Message, Participation
from governance.models.case import Track
from governance.process import clocks
from governance.process.compliance import IN_USE
from governance.process.shape import WORKING_DAYS, Delay
from governance.queries.people import roles_of
from governance.roles import Permission, roles_with
from projects.airlock.apart import examine_apart
from projects.airlock.examining import needs_two, never_leaves
from projects.airlock.findings import Finding
from projects.airlock.rules import RULES
from projects.airlock.together import MOST_BYTES, Beside, compare_apart
from projects.domain import accesses, incidents
from projects.models import MemberAccess, Output, OutputCheck, OutputFile, Request

DEPOSITED, EXAMINED, CHECKED = "output_deposited", "output_examined", "output_checked"
STOPPED, FALLEN, LATE = "output_stopped", "output_fallen", "output_late"
ENDS = "output_ends"
"""The kinds of message of the outbox."""

OPEN_IN = "access"
"""The state of a request in which something is deposited and let out."""
FILED = "application/octet-stream"
"""No browser opens what was not let out yet: files are kept without a type of their own."""
WARNED_BEFORE = timedelta(days=30)
"""Before the portal erases what left; nothing is erased of which nobody was warned."""
MOST_FILES = 4
LONGEST_CALLED = 60
"""Characters of a file's name, where a finding names it."""
LEAST_WORDS = 10
"""Characters of what a file is, of why it must leave, of a question or a refusal."""
Verdict = OutputCheck.Verdict
State = Output.State


@dataclass(frozen=True)
class Deposited:
    """A file, and what its depositor says: of which kind it is; what, and from which data."""

    upload: object
    kind: str
    about: str


def delay() -> Delay:
    """In how long a deposit is checked."""
    return Delay(settings.AIRLOCK_WORKING_DAYS, WORKING_DAYS)


def opened_to(request: Request, person, at: datetime) -> list[Track]:
    """The establishments whose data `person` has access to today, in the network's order: those of
    which they may deposit something."""
    if request.case.state != OPEN_IN:
        return []
    closed = accesses.sites_closed(request.case)
    team = Participation.objects.valid(at).filter(person=person, part__in=Participation.TEAM)
    rows = MemberAccess.objects.filter(
        participation__in=team, track__case=request.pk, cut_at__isnull=True
    )
    tracks = Track.objects.filter(pk__in=rows.values("track"), status="opened")
    found = tracks.select_related("establishment").order_by("establishment__position", "pk")
    return [track for track in found if track.key not in closed]


@transaction.atomic
def deposit(
    request: Request,
    deposited: Iterable[Deposited],
    sites: Iterable[Track],
    why: str,
    *,
    by,
    at: datetime,
    corrects: Output | None = None,
) -> Output:
    """Deposit files made from the data of `sites`; `corrects` is the deposit of which a question is
    answered so.

    Raises PermissionDenied for who has no open access; ValidationError, by field (`file_1`…).
    """
    request.case = Case.objects.select_for_update().get(pk=request.pk)
    opened, sites, deposited = opened_to(request, by, at), list(sites), list(deposited)
    if not opened:
        raise PermissionDenied("deposit_output")
    if not sites or not {site.pk for site in sites} <= {site.pk for site in opened}:
        raise ValidationError({"sites": _("Dites de quels hôpitaux viennent les données.")})
    if len(why.strip()) < LEAST_WORDS:
        raise ValidationError({"why": _("Dites pourquoi ces fichiers doivent sortir.")})
    if not 0 < len(deposited) <= MOST_FILES:
        raise ValidationError({"file_1": _("Choisissez un fichier au moins.")})
    if corrects is not None:
        corrects = Output.objects.select_for_update().get(pk=corrects.pk, request=request)
        if corrects.state != State.ASKED or Output.objects.filter(corrects=corrects).exists():
            raise ValidationError(_("Ce dépôt n'attend pas de correction."))
    last = request.outputs.aggregate(last=Max("number"))["last"] or 0
    output = Output.objects.create(
        request=request,
        number=last + 1,
        why=why.strip()[:2000],
        corrects=corrects,
        deposited_at=at,
        deposited_by=by,
        due_at=clocks.due(delay(), at),
    )
    output.sites.set(sites)
    for position, each in enumerate(deposited, start=1):
        OutputFile.objects.create(
            output=output,
            position=position,
            file=_store(each, position, by, at),
            kind=each.kind,
            about=each.about.strip()[:1000],
        )
    outbox.enqueue(DEPOSITED, {"output": output.pk})
    return output


def _store(each: Deposited, position: int, by, at: datetime):
    if len(each.about.strip()) < LEAST_WORDS:
        words = _("Dites ce que c'est, et de quelles données cela vient.")
        raise ValidationError({f"about_{position}": words})
    if not 0 < each.upload.size <= files.LARGEST:
        words = _("Ce fichier est vide, ou fait plus de %(most)d Mo.") % {
            "most": files.LARGEST // 1024 // 1024
        }
        raise ValidationError({f"file_{position}": words})
    try:
        return files.keep(each.upload.read(), name=each.upload.name, media_type=FILED, by=by, at=at)
    except ValidationError as refusal:
        raise ValidationError({f"file_{position}": refusal.messages}) from refusal


@outbox.handler(DEPOSITED, lane="outputs")
def examine_deposited(payload: dict) -> None:
    """Examine what was deposited, in a worker."""
    examine(Output.objects.get(pk=payload["output"]), at=timezone.now())


@transaction.atomic
def examine(output: Output, *, at: datetime) -> Output:
    """Run the automatic checks over each file, then over all beside what left before, in processes
    apart; ask checkers, or stop what may never leave. Harmless twice."""
    output = Output.objects.select_for_update().get(pk=output.pk)
    if output.examined_at is not None or not output.waits:
        return output
    found, sent = [], list(output.files.select_related("file"))
    besides = [_beside(each, each.file.name) for each in sent]
    before, left_out = _left_before(output)
    compared = compare_apart([*besides, *before], left_out=left_out)
    for each, beside, told in zip(sent, besides, compared, strict=True):
        said = examine_apart(beside.name, beside.content, beside.kind)
        each.findings = sorted(
            said.pop("findings") + told, key=lambda finding: -RULES[finding["rule"]].severity
        )
        each.shown = said
        each.save(update_fields=["findings", "shown"])
        found += findings_of(each)
    output.examined_at = at
    output.needs_two = needs_two(found) or output.sites.count() > 1
    if never_leaves(found):
        _end(output, State.STOPPED, by=None, at=at)
        outbox.enqueue(STOPPED, {"output": output.pk})
    else:
        outbox.enqueue(EXAMINED, {"output": output.pk})
    output.save()
    return output


def _left_before(output: Output) -> tuple[list[Beside], int]:
    """The files of the same request that left, or may leave, the newest first, and how many are too
    many to be read: two deposits that wait are compared when the second one is examined."""
    others = OutputFile.objects.filter(
        output__request=output.request_id,
        output__state__in=(State.RELEASED, *Output.WAITING),
        file__erased_at__isnull=True,
    ).exclude(output=output)
    found, left_out, size = [], 0, 0
    for each in others.select_related("output", "file").order_by("-output__number", "position"):
        size += each.file.size
        if size > MOST_BYTES:
            left_out += 1
            continue
        found.append(_beside(each, f"n° {each.output.number} {each.file.name}", left=True))
    return found, left_out


def _beside(file: OutputFile, called: str, *, left: bool = False) -> Beside:
    content = files.read(file.file)
    return Beside(called[:LONGEST_CALLED], file.file.name, file.kind, content, left)


def has_changed(file: OutputFile, *, at: datetime) -> bool:
    """Whether the bytes of a deposited file are no longer those whose hash was written. It is an
    incident, which the portal declares by itself."""
    if files.intact(file.file):
        return False
    incidents.output_changed(file, at)
    return True


def findings_of(file: OutputFile) -> list[Finding]:
    """What the automatic checks found in a file, the gravest first."""
    return [Finding(f["rule"], tuple(f["places"]), f["count"]) for f in file.findings]


def checks_at(output: Output, grants: Iterable[tuple[str, str | None]]) -> bool:
    """Whether roles (with their places) let check what comes from the establishments of
    `output`."""
    codes = roles_with(Permission.CHECK_OUTPUTS)
    places = {site.establishment_id for site in output.sites.all()} | {None}
    return any(role in codes and place in places for role, place in grants)


def may_read(output: Output, person, at: datetime) -> bool:
    """Whether `person` may check `output`, or could have: a checker of one of its establishments,
    never of the team, without an interest in it."""
    team = Participation.objects.filter(
        case=output.request_id, person=person, part__in=Participation.TEAM
    )
    conflicts = Conflict.objects.filter(case=output.request_id, person=person)
    return checks_at(output, roles_of(person, at)) and not team.exists() and not conflicts.exists()


def may_check(output: Output, person, at: datetime) -> bool:
    """Whether `person` may answer `output` now: the second time, somebody else."""
    return (
        output.waits
        and output.examined_at is not None
        and output.first_by_id != person.pk
        and output.request.case.state == OPEN_IN
        and may_read(output, person, at)
    )


@transaction.atomic
def check(
    output: Output,
    verdict: str,
    reason: str = "",
    articles: Iterable[str] = (),
    *,
    by,
    at: datetime,
) -> OutputCheck:
    """Accept, ask or refuse. What is risky is let out once two persons accepted it.

    Raises PermissionDenied for who may not; ValidationError, by field, when a question or a refusal
    says nothing, when a refusal cites no article, when an access is closed.
    """
    case = Case.objects.select_for_update().get(pk=output.request_id)
    output = Output.objects.select_for_update().get(pk=output.pk)
    output.request.case = case
    if not may_check(output, by, at):
        raise PermissionDenied("check_output")
    reason, articles = reason.strip()[:2000], list(dict.fromkeys(articles))
    _judge_words(case, output, verdict, reason, articles, at)
    if verdict == Verdict.ACCEPTED:
        _refuse_if_closed(output)
    rank = 2 if output.state == State.SECOND else 1
    found = OutputCheck.objects.create(
        output=output, rank=rank, verdict=verdict, by=by, at=at, reason=reason, articles=articles
    )
    setattr(output, "second_by" if rank == 2 else "first_by", by)
    outbox.enqueue(CHECKED, {"check": found.pk})
    if verdict != Verdict.ACCEPTED:
        _end(output, State(verdict), by=by, at=at)
    elif output.needs_two and rank == 1:
        output.state = State.SECOND
    else:
        _release(output, by=by, at=at)
    output.save()
    return found


def _judge_words(case: Case, output: Output, verdict, reason, articles, at: datetime) -> None:
    if verdict not in Verdict.values:
        raise ValidationError({"verdict": _("Choisissez une réponse.")})
    if len(reason) < LEAST_WORDS and (verdict != Verdict.ACCEPTED or output.needs_two):
        raise ValidationError({"reason": _("Dites pourquoi, en quelques mots que l'équipe lira.")})
    if verdict == Verdict.REFUSED and not articles:
        raise ValidationError({"articles": _("Un refus cite au moins un article.")})
    charters = case.charters or versions_in_force(today(at))
    known = {a.code for code, v in charters.items() for a in load_charter(code, v).articles}
    if not set(articles) <= known:
        raise ValidationError({"articles": _("Choisissez des articles des chartes.")})


def _refuse_if_closed(output: Output) -> None:
    """Nothing is let out of an establishment whose data are closed."""
    closed = accesses.sites_closed(output.request.case)
    for site in output.sites.select_related("establishment"):
        if site.status != "opened" or site.key in closed:
            words = _("L'accès aux données de %(site)s est fermé : rien n'en sort.")
            raise ValidationError(words % {"site": site.establishment.short_name})


def _release(output: Output, *, by, at: datetime) -> None:
    """Let it out: what the team downloads is told in the register, by its hashes; who deposited and
    who checked is not."""
    sent = list(output.files.select_related("file"))
    sites = sorted(output.sites.values_list("key", flat=True))
    case = output.request.case
    record(
        "output.released",
        by=by,
        at=at,
        subject_type="output",
        subject_ref=output.pk,
        establishment=case.lead_id,
        details={"number": output.number, "files": len(sent)},
    )
    output.state, output.ended_at = State.RELEASED, at
    output.leaf_index = append_leaf(
        {
            "kind": "output",
            "number": case.number,
            "case": case.digest,
            "output": output.number,
            "sites": sites,
            "checkers": 2 if output.needs_two else 1,
            "files": [
                {"bytes": each.file.size, "kind": each.kind, "sha256": each.file.sha256}
                for each in sent
            ],
        },
        at=at,
    ).index


def _end(output: Output, state: State, *, by, at: datetime) -> None:
    """It does not leave: its bytes are erased."""
    output.state, output.ended_at = state, at
    for each in output.files.all():
        erasures.erase("file", each.file_id, by=by, at=at)


@erasures.eraser("file")
def _forget_what_was_shown(ref: str, at: datetime) -> bool:
    """What a checker was shown of a file goes with its bytes."""
    return bool(OutputFile.objects.filter(file=ref).exclude(shown={}).update(shown={}))


@transaction.atomic
def fall(case: Case, *, at: datetime) -> int:
    """An access is over: what still waits falls with it; how many deposits did. Harmless twice."""
    fallen = 0
    for output in Output.objects.select_for_update().filter(
        request=case.pk, state__in=Output.WAITING
    ):
        _end(output, State.FALLEN, by=None, at=at)
        output.save()
        outbox.enqueue(FALLEN, {"output": output.pk})
        fallen += 1
    return fallen


@transaction.atomic
def remind_late(*, at: datetime) -> int:
    """Remind, once each, who checks the deposits whose delay is over; how many. By night."""
    late = Output.objects.select_for_update().filter(
        state__in=Output.WAITING,
        due_at__lt=at,
        reminded_at__isnull=True,
        request__case__state=OPEN_IN,
    )
    keys = list(late.values_list("pk", flat=True))
    Output.objects.filter(pk__in=keys).update(reminded_at=at)
    for key in keys:
        outbox.enqueue(LATE, {"output": key})
    return len(keys)


def kept_until(request: Request) -> date | None:
    """The last day on which the portal keeps the files of `request` that left: some months after
    its access ended, which is as long as its results are due. None while it may serve still."""
    if request.case.state in IN_USE:
        return None
    period = getattr(request, "access_period", None)
    ended = (period and period.ended_on) or today(request.case.state_since)
    return months_later(ended, settings.AIRLOCK_KEPT_MONTHS)


def erase_old(*, at: datetime) -> int:
    """Erase the files that left and are kept no longer; of which who deposited them was told, some
    time before. Their rows, their hashes and their proof stay. How many files. By night."""
    kept = OutputFile.objects.filter(output__state=State.RELEASED, file__erased_at__isnull=True)
    outputs = Output.objects.filter(pk__in=kept.values("output")).exclude(
        request__case__state__in=IN_USE
    )
    erased = 0
    for output in outputs.select_related("request__case", "request__access_period"):
        last = kept_until(output.request)
        if today(at + WARNED_BEFORE) <= last:
            continue
        with transaction.atomic():
            warned = Message.objects.filter(kind=ENDS, payload={"output": output.pk}).first()
            if warned is None:
                outbox.enqueue(ENDS, {"output": output.pk})
            elif last < today(at) and warned.created_at <= at - WARNED_BEFORE:
                for each in output.files.all():
                    erased += erasures.erase("file", each.file_id, by=None, at=at)
    return erased
