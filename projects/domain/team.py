"""The people of a request. Participation rows are the truth; guardian's follow in the same act."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from governance import outbox
from governance.charters.facts import today
from governance.domain import commitments
from governance.domain.watching import facts_changed
from governance.models import Participation
from governance.permissions import may_somewhere
from governance.roles import Permission
from projects.domain import accesses
from projects.models import Invitation, Request
from projects.permissions import may_write

WRITES = (Participation.Part.HOLDER, Participation.Part.WRITER)
INVITED_AS = (
    Participation.Part.HOLDER,
    Participation.Part.WRITER,
    Participation.Part.MEMBER,
    Participation.Part.REFERENT,
    Participation.Part.DIRECTOR,
)
NEEDED = {
    Participation.Part.HOLDER: Permission.HOLD_REQUEST,
    Participation.Part.REFERENT: Permission.SUPPORT_REQUEST,
    Participation.Part.DIRECTOR: Permission.HOLD_REQUEST,
}
"""What a role must open for a person to take these places."""
OF_HOLDER = ("holder_status", "in_network")
"""The answers of the section on the team that are about the holder."""
INVITATION_DAYS = 30


@transaction.atomic
def join(request: Request, person, part: str, *, at: datetime) -> Participation:
    """Make `person` take `part` in the request from `at` on; harmless when they already do."""
    row, _created = Participation.objects.get_or_create(
        case_id=request.pk, person=person, part=part, until=None, defaults={"since": at}
    )
    _write_permissions(request, person, at)
    facts_changed(case=request.case)
    return row


@transaction.atomic
def leave(row: Participation, *, at: datetime) -> None:
    """End a participation at `at`; the person's accesses end with it."""
    Participation.objects.filter(pk=row.pk, until__isnull=True).update(until=at)
    accesses.cut(row.case, at=at, because="left_team", person=row.person)
    _write_permissions(row.case.request, row.person, at)
    facts_changed(case=row.case)


@transaction.atomic
def remove(row: Participation, *, by, at: datetime) -> None:
    """Take somebody out of the team, or leave it oneself. The holder stays: they hand over by an
    amendment, or withdraw. Raises PermissionDenied for who neither writes nor is that person."""
    if row.part == Participation.Part.HOLDER:
        raise PermissionDenied("holder")
    if by.pk != row.person_id and not may_write(by, row.case.request):
        raise PermissionDenied("write")
    leave(row, at=at)


@transaction.atomic
def hand_over(holder: Participation, person, *, at: datetime) -> Participation:
    """Make `person` the holder in the place of the one of the row `holder`: one at a time."""
    Participation.objects.filter(pk=holder.pk, until__isnull=True).update(until=at)
    row = join(holder.case.request, person, Participation.Part.HOLDER, at=at)
    _write_permissions(holder.case.request, holder.person, at)
    return row


def _write_permissions(request: Request, person, at: datetime) -> None:
    parts = set(
        Participation.objects.filter(case_id=request.pk, person=person)
        .valid(at)
        .values_list("part", flat=True)
    )
    team, writers = set(Participation.TEAM), set(WRITES)
    wanted = {
        "projects.follow_request": bool(parts & team),
        "projects.write_request": bool(parts & writers),
        "projects.examine_request": Participation.Part.EXPERT in parts,
    }
    for permission, granted in wanted.items():
        change = assign_perm if granted else remove_perm
        change(permission, person, request)


BEFORE_DATA = {
    "draft",
    "admissibility",
    "completion",
    "instruction",
    "committee",
    "preparation",
    "refused",
    "dropped",
}
"""The states in which the team grows by invitation. Once authorised, it grows by an amendment,
which is judged, decided and a leaf of the register: who enters may be given the data at once."""


def invited_as(request: Request, by) -> tuple[str, ...]:
    """The places in the team that `by` may offer today: none once the request is authorised. The
    holder's own is theirs to offer while who carries the request may still be written; later an
    amendment does it."""
    case, asked = request.case, request.points.filter(section="team")
    if case.state not in BEFORE_DATA:
        return ()
    open_still = case.state == "draft" or (
        case.state == "completion" and asked.exclude(state="settled").exists()
    )
    holder = case.participations.filter(
        person=by, part=Participation.Part.HOLDER, until__isnull=True
    )
    if open_still and holder.exists():
        return INVITED_AS
    return tuple(part for part in INVITED_AS if part != Participation.Part.HOLDER)


@transaction.atomic
def invite(request: Request, email: str, part: str, *, by, at: datetime) -> tuple[Invitation, str]:
    """Invite an address to take `part`; return the invitation and its secret, sent by e-mail.

    Inviting the same address again replaces the former link. Raises ValidationError when the part
    cannot be invited.
    """
    if part not in invited_as(request, by):
        raise ValidationError({"part": _("Choisissez une place dans l'équipe.")})
    email = email.strip().lower()
    validate_email(email)
    if request.case.participations.valid(at).filter(part=part, person__email=email).exists():
        raise ValidationError({"email": _("Cette personne tient déjà cette place.")})
    secret = secrets.token_urlsafe(24)
    Invitation.objects.filter(
        request=request, email=email, part=part, accepted_at__isnull=True
    ).delete()
    invitation = Invitation.objects.create(
        request=request,
        email=email,
        part=part,
        token_sha256=_digest(secret),
        sent_at=at,
        sent_by=by,
        expires_at=at + timedelta(days=INVITATION_DAYS),
    )
    outbox.enqueue("invitation", {"invitation": invitation.pk, "secret": secret})
    return invitation, secret


@transaction.atomic
def cancel(invitation: Invitation) -> None:
    """Take back an invitation that nobody accepted yet; its link opens nothing any more."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).delete()


def find_invitation(secret: str) -> Invitation | None:
    """The invitation that `secret` was sent for, open or not; None when there never was one."""
    return (
        Invitation.objects.select_related("request__case", "sent_by")
        .filter(token_sha256=_digest(secret))
        .first()
    )


def why_not(invitation: Invitation, person, at: datetime) -> str:
    """Why `person` cannot take the place offered, in the reader's language; empty when they can.

    Whoever answers for a request holds the role for it: a holder is not their own referent or
    director, and these two are professionals of the network. Nobody enters the team of an
    authorised request so.
    """
    if invitation.request.case.state not in BEFORE_DATA:
        return _(
            "Cette demande est autorisée : on entre désormais dans son équipe par un avenant, que "
            "son porteur propose."
        )
    needed = NEEDED.get(invitation.part)
    if needed is None:
        return ""
    if invitation.request.case.participations.filter(
        person=person, part=Participation.Part.HOLDER, until__isnull=True
    ).exists():
        return _("Vous portez cette demande : une autre personne doit en répondre avec vous.")
    if may_somewhere(person, needed, at=at):
        return ""
    if invitation.part == Participation.Part.REFERENT:
        return _(
            "Votre compte n'a pas le rôle de référent local. L'administrateur de votre "
            "établissement l'attribue ; ce lien restera valable."
        )
    return _(
        "Votre compte n'a pas le rôle de chercheur dans un établissement du réseau. "
        "L'administrateur de votre établissement l'attribue ; ce lien restera valable."
    )


@transaction.atomic
def accept(invitation: Invitation, *, by, at: datetime) -> Participation:
    """Take the place one was invited to. A local referent who accepts co-signs the request.

    A holder who accepts takes the place of the former one, who stays as a writer.

    Raises ValidationError when the invitation was used, expired or taken back meanwhile, or is for
    somebody who holds a role that `by` does not.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("request__case")
        .filter(pk=invitation.pk, accepted_at__isnull=True, expires_at__gt=at)
        .first()
    )
    if invitation is None:
        raise ValidationError(_("Cette invitation ne peut plus être acceptée."))
    if refusal := why_not(invitation, by, at):
        raise ValidationError(refusal)
    if invitation.part not in invited_as(invitation.request, invitation.sent_by):
        raise ValidationError(_("Cette invitation ne peut plus être acceptée."))
    invitation.accepted_at, invitation.accepted_by = at, by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    if invitation.part == Participation.Part.HOLDER:
        return _take_over(invitation.request, by, at)
    row = join(invitation.request, by, invitation.part, at=at)
    if invitation.part == Participation.Part.REFERENT:
        invitation.request.case.records.create(kind="referent_cosigned", at=at, by=by)
    return row


def _take_over(request: Request, person, at: datetime) -> Participation:
    """Hold the request in the place of who held it, who goes on writing in it."""
    former = request.case.participations.select_related("case__request", "person").get(
        part=Participation.Part.HOLDER, until__isnull=True
    )
    row = hand_over(former, person, at=at)
    join(request, former.person, Participation.Part.WRITER, at=at)
    for section in request.sections.filter(code="team"):
        # What was said of the former holder is not said of this one.
        section.answers = {k: v for k, v in section.answers.items() if k not in OF_HOLDER}
        section.save(update_fields=["answers"])
    return row


@transaction.atomic
def arrive(
    invitation: Invitation, *, signing: Iterable[str] = (), training: dict | None = None, by, at
) -> Participation:
    """Accept, and put oneself in order in the same act: the charters of `signing` (codes) signed in
    their version in force, a `training` (title, day, certificate) added. Nothing is kept when one
    of them is refused (ValidationError)."""
    for charter in signing:
        version = commitments.version_in_force(charter, today(at))
        commitments.sign_charter(person=by, charter=charter, version=version, by=by, at=at)
    if training:
        commitments.add_training(person=by, **training, by=by, at=at)
    return accept(invitation, by=by, at=at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
