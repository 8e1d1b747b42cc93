"""A version of a charter on its way to a session: written, examined, put on an agenda.

A text that cannot be read, names what does not exist or loosens the network's version is refused
at once, with its lines (:class:`FaultyText`); the proofs take seconds and are made in a worker
(:func:`examine`). Only a text without fault and whose impact is known goes before a session.
"""

from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

from celery import current_app
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters import (
    CHARTERS,
    Charter,
    CharterError,
    ended_by,
    load_charter,
    read_charter,
    versions,
    versions_in_force,
)
from governance.charters.compare import differences
from governance.charters.facts import today
from governance.charters.faults import Fault
from governance.charters.lines import line_numbers, line_of
from governance.charters.loader import written_version
from governance.charters.versions import is_local, next_local, next_version
from governance.charters.written import to_toml
from governance.dates import say_day
from governance.domain.audit import record
from governance.domain.committees import committee_of
from governance.models.charter_proposal import CharterProposal
from governance.models.committee import Body, Session
from governance.permissions import require
from governance.process import proposed
from governance.roles import Permission

NOTICE = timedelta(days=30)
"""From when a version drafted on screen is in force, unless one says otherwise."""
LONGEST_WHY = 4_000


class FaultyText(Exception):
    """A text that cannot be proposed: its ``faults``, each with its line."""

    def __init__(self, faults):
        super().__init__("; ".join(f"line {fault.line}: {fault.say('en')}" for fault in faults))
        self.faults = tuple(faults)


def may_propose(by, establishment, *, at: datetime) -> None:
    """Raise PermissionDenied unless `by` proposes versions for the network, or for that place."""
    require(by, Permission.PROPOSE_CHARTERS, establishment, at=at)


def lock(proposal: CharterProposal) -> CharterProposal:
    """The proposal as it stands, held until the transaction ends."""
    return CharterProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)


def expected_version(charter: str, establishment: str | None, on: date) -> str:
    """The number that the next version must have."""
    known = versions(charter)
    if establishment is None:
        return next_version(known)
    return next_local(versions_in_force(on)[charter], establishment, known)


def draft(charter: str, establishment: str | None, on: date) -> Charter:
    """The version in force under the next number: what one starts from."""
    in_force = load_charter(charter, versions_in_force(on, establishment)[charter])
    number = expected_version(charter, establishment, on)
    return renumbered(replace(in_force, in_force_from=on + NOTICE), number)


def renumbered(charter: Charter, number: str) -> Charter:
    """The same charter under another number."""
    articles = tuple(
        replace(
            article,
            version=number,
            clauses=tuple(replace(clause, version=number) for clause in article.clauses),
        )
        for article in charter.articles
    )
    return replace(charter, version=number, articles=articles)


@transaction.atomic
def propose(
    *, charter: str, text: str, why: str, establishment=None, by, at: datetime
) -> CharterProposal:
    """Propose a version. Raises FaultyText, ValidationError on what is said beside the text.

    The proofs are made afterwards, in a worker. Audited as ``charter.proposed``.
    """
    may_propose(by, establishment, at=at)
    if charter not in CHARTERS:
        raise ValidationError({"charter": _("Cette charte n'existe pas.")})
    place = getattr(establishment, "pk", establishment)
    found = readable(text, charter=charter, establishment=place, on=today(at))
    proposal = CharterProposal.objects.create(
        charter=charter,
        version=found.version,
        establishment_id=place,
        text=text,
        why=_why(why),
        by=by,
        at=at,
        changed_at=at,
    )
    note("charter.proposed", proposal, by=by, at=at)
    transaction.on_commit(lambda: wake(proposal), robust=True)
    return proposal


@transaction.atomic
def start(*, charter: str, why: str = "", establishment=None, by, at: datetime) -> CharterProposal:
    """Begin a proposal with the version in force, to be edited on screen."""
    may_propose(by, establishment, at=at)
    if charter not in CHARTERS:
        raise ValidationError({"charter": _("Cette charte n'existe pas.")})
    place = getattr(establishment, "pk", establishment)
    text = to_toml(draft(charter, place, today(at)))
    return propose(charter=charter, text=text, why=why, establishment=establishment, by=by, at=at)


@transaction.atomic
def rewrite(
    proposal: CharterProposal, *, text: str, why: str | None = None, by, at: datetime
) -> CharterProposal:
    """Replace the text of a proposal in preparation: it is to be examined and studied again.

    Raises FaultyText; then nothing is changed.
    """
    may_propose(by, proposal.establishment_id, at=at)
    proposal = lock(proposal)
    if proposal.state != CharterProposal.State.PREPARED:
        raise ValidationError(_("Ce texte ne se change plus : il est devant une séance, ou voté."))
    found = readable(
        text,
        charter=proposal.charter,
        establishment=proposal.establishment_id,
        on=today(at),
    )
    proposal.text, proposal.version, proposal.changed_at = text, found.version, at
    if why is not None:
        proposal.why = _why(why)
    if not proposal.examined:
        proposal.faults = []
    proposal.save(update_fields=["text", "version", "why", "changed_at", "faults"])
    note("charter.rewritten", proposal, by=by, at=at)
    transaction.on_commit(lambda: wake(proposal), robust=True)
    return proposal


def rewrite_charter(
    proposal: CharterProposal, charter: Charter, *, why: str | None = None, by, at: datetime
) -> CharterProposal:
    """Replace the text by that of a charter changed on screen."""
    return rewrite(proposal, text=to_toml(charter), why=why, by=by, at=at)


def readable(text: str, *, charter: str, establishment: str | None, on: date) -> Charter:
    """The charter that a text says, numbered as it must be. Raises FaultyText.

    The proofs are not made: see :func:`examine`.
    """
    try:
        number = written_version(text)
    except CharterError as error:
        raise FaultyText([error.fault]) from error
    in_force = versions_in_force(on)
    found = proposed.read(text, charter=charter, version=number, in_force=in_force)
    faults = list(found.faults)
    expected = expected_version(charter, establishment, on)
    if number != expected:
        line = line_of(line_numbers(text), ("version",))
        faults.insert(0, Fault("version_expected", line, {"expected": expected}))
    if found.charter is None or faults:
        raise FaultyText(faults)
    return found.charter


def examine(proposal: CharterProposal, *, at: datetime) -> CharterProposal:
    """Make the proofs on the text as it stands and keep what they find. Harmless twice.

    They take seconds and are made outside any transaction; a text that changed meanwhile is left
    to be examined again.
    """
    found = proposed.examine(
        proposal.text,
        charter=proposal.charter,
        version=proposal.version,
        in_force=versions_in_force(today(at)),
    )
    faults = [asdict(fault) for fault in found.faults]
    with transaction.atomic():
        stands = lock(proposal)
        if stands.sha256 == proposal.sha256 and stands.open:
            stands.examined_sha256, stands.faults = proposal.sha256, faults
            stands.save(update_fields=["examined_sha256", "faults"])
    return stands


def wake(proposal: CharterProposal) -> None:
    """Ask a worker to examine a proposal; a hint, which may be lost."""
    current_app.send_task(
        "governance.tasks.examine_proposal", args=[proposal.pk], ignore_result=True
    )


def unexamined() -> list[CharterProposal]:
    """The open proposals whose text was not examined as it stands."""
    found = CharterProposal.objects.filter(state__in=CharterProposal.OPEN)
    return [proposal for proposal in found if not proposal.examined]


def faults_of(proposal: CharterProposal) -> list[Fault]:
    """What the examination found, as it can be said in the reader's language."""
    return [
        Fault(
            each["key"],
            each["line"],
            {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in each["values"].items()
            },
        )
        for each in proposal.faults
    ]


def body_for(proposal: CharterProposal) -> Body | None:
    """The committee that votes on it: the establishment's own for a local version, where it has
    one; else the network's."""
    return committee_of(proposal.establishment_id)


def sessions_for(proposal: CharterProposal):
    """The sessions that can still vote on it, the next one first."""
    found = Session.objects.filter(body=body_for(proposal), closed_at__isnull=True)
    return found.select_related("body").order_by("starts_at")


@transaction.atomic
def table(proposal: CharterProposal, session: Session, *, by, at: datetime) -> CharterProposal:
    """Put a proposal on the agenda of a session: its text does not change any more.

    Raises ValidationError for a text with faults, one that changes nothing, one whose impact is not
    known, a session that does not vote on it, or that comes after its date of effect. Audited as
    ``charter.tabled``.
    """
    may_propose(by, proposal.establishment_id, at=at)
    proposal = lock(proposal)
    if proposal.state != CharterProposal.State.PREPARED:
        raise ValidationError(_("Cette version n'est plus en préparation."))
    if not proposal.sound:
        raise ValidationError(_("Le texte doit d'abord passer les preuves sans défaut."))
    if same := says_again(proposal, on=today(at)):
        raise ValidationError(
            _(
                "Ce texte dit mot pour mot ce que dit la version %(version)s : il n'y a rien à "
                "voter. Changez un article, ou abandonnez cette version."
            )
            % {"version": same.version}
        )
    if not studied(proposal):
        raise ValidationError(_("L'étude d'impact de ce texte doit d'abord être finie."))
    if not sessions_for(proposal).filter(pk=session.pk).exists():
        raise ValidationError({"session": _("Cette séance ne peut pas voter sur cette version.")})
    charter = read_charter(proposal.text, charter=proposal.charter, version=proposal.version)
    voted_on = max(today(session.starts_at), today(at))
    if charter.in_force_from < voted_on:
        raise ValidationError(
            _(
                "La date d'effet, %(effect)s, précède le vote, le %(voted)s au plus tôt : une "
                "version ne prend pas effet avant son adoption. Changez sa date, ou choisissez une "
                "séance plus proche."
            )
            % {"effect": say_day(charter.in_force_from), "voted": say_day(voted_on)}
        )
    proposal.state, proposal.session = CharterProposal.State.TABLED, session
    proposal.save(update_fields=["state", "session"])
    note("charter.tabled", proposal, by=by, at=at)
    warn_of_ended(charter, "tabled")
    return proposal


def says_again(proposal: CharterProposal, *, on: date) -> Charter | None:
    """The version that would judge without it from its date of effect (or from `on`, once that is
    past), if it says the very same: compared article by article, whatever the two files look like.
    """
    charter = read_charter(proposal.text, charter=proposal.charter, version=proposal.version)
    effect = max(charter.in_force_from, on)
    code = versions_in_force(effect, proposal.establishment_id)[charter.code]
    before = load_charter(charter.code, code)
    return None if differences(before, charter) else before


def warn_of_ended(charter: Charter, when: str) -> None:
    """Have the establishments whose own version a version of the network ends be told, when it is
    `tabled` and when it is `adopted`."""
    for each in () if is_local(charter.version) else ended_by(charter):
        payload = {
            "charter": charter.code,
            "version": charter.version,
            "from": charter.in_force_from.isoformat(),
            "local": each.version,
            "establishment": each.establishment,
            "when": when,
        }
        outbox.enqueue("local_version_ends", payload)


@transaction.atomic
def untable(proposal: CharterProposal, *, by, at: datetime) -> CharterProposal:
    """Take a proposal off the agenda: it is in preparation again.

    Raises ValidationError for one on which a vote stands.
    """
    may_propose(by, proposal.establishment_id, at=at)
    proposal = lock(proposal)
    if proposal.state == CharterProposal.State.TABLED:
        _let_the_vote_be(proposal, at)
        _forget_voices(proposal)
        proposal.state, proposal.session = CharterProposal.State.PREPARED, None
        proposal.save(update_fields=["state", "session"])
        note("charter.untabled", proposal, by=by, at=at)
    return proposal


@transaction.atomic
def withdraw(proposal: CharterProposal, *, by, at: datetime) -> CharterProposal:
    """Give a proposal up, for good. Raises ValidationError for one on which a vote stands."""
    may_propose(by, proposal.establishment_id, at=at)
    proposal = lock(proposal)
    if not proposal.open:
        raise PermissionDenied("voted")
    _let_the_vote_be(proposal, at)
    _forget_voices(proposal)
    proposal.state, proposal.decided_at = CharterProposal.State.WITHDRAWN, at
    proposal.save(update_fields=["state", "decided_at"])
    note("charter.withdrawn", proposal, by=by, at=at)
    return proposal


def vote_stands(proposal: CharterProposal, *, on: date) -> bool:
    """Whether members voted on it, and their result can still be recorded: who proposed it does not
    undo a vote, to have it taken again.

    It does not where the session closed without a quorum of voices, nor where the text can be
    adopted no more: its date of effect is past, or another version was adopted since.
    """
    if proposal.state != CharterProposal.State.TABLED or not proposal.sound:
        return False
    voices, session = proposal.voices.count(), proposal.session
    if not voices:
        return False
    code, place = proposal.charter, proposal.establishment_id
    try:
        charter = readable(proposal.text, charter=code, establishment=place, on=on)
    except FaultyText:
        return False
    if charter.in_force_from < on:
        return False
    return session.closed_at is None or voices >= session.body.quorum


def _let_the_vote_be(proposal: CharterProposal, at: datetime) -> None:
    if vote_stands(proposal, on=today(at)):
        raise ValidationError(
            _("Des membres ont voté : le vote se clôt par son résultat, une fois consigné.")
        )


def _forget_voices(proposal: CharterProposal) -> None:
    """Those cast on a version that leaves its session before its result count for nothing."""
    if proposal.state == CharterProposal.State.TABLED:
        proposal.voices.all().delete()
        proposal.ballots.all().delete()


def studied(proposal: CharterProposal) -> bool:
    """Whether the impact of the text as it stands is known."""
    return proposal.studies.filter(
        text_sha256=proposal.sha256, finished_at__isnull=False, started_at__isnull=False
    ).exists()


def _why(why: str) -> str:
    if len(why) > LONGEST_WHY:
        raise ValidationError({"why": _("Restez sous 4 000 caractères.")})
    return why.strip()


def note(action: str, proposal: CharterProposal, *, by, at: datetime, **said) -> None:
    """Keep in the audit what was done of a proposal, with what more is ``said`` of it."""
    record(
        action,
        by=by,
        at=at,
        subject_type="charter",
        subject_ref=f"{proposal.charter}/{proposal.version}",
        establishment=proposal.establishment_id,
        details={"proposal": proposal.pk, "text": proposal.sha256, **said},
    )
