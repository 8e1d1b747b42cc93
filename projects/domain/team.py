"""The people of a request. Participation rows are the truth; guardian's follow in the same act."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from governance import outbox
from governance.models import Participation
from projects.domain import accesses
from projects.models import Invitation, Request

WRITES = (Participation.Part.HOLDER, Participation.Part.WRITER)
INVITED_AS = (
    Participation.Part.WRITER,
    Participation.Part.MEMBER,
    Participation.Part.REFERENT,
    Participation.Part.DIRECTOR,
)
INVITATION_DAYS = 30


@transaction.atomic
def join(request: Request, person, part: str, *, at: datetime) -> Participation:
    """Make `person` take `part` in the request from `at` on; harmless when they already do."""
    row, _created = Participation.objects.get_or_create(
        case_id=request.pk, person=person, part=part, until=None, defaults={"since": at}
    )
    _write_permissions(request, person, at)
    return row


@transaction.atomic
def leave(row: Participation, *, at: datetime) -> None:
    """End a participation at `at`; the person's accesses end with it."""
    Participation.objects.filter(pk=row.pk, until__isnull=True).update(until=at)
    accesses.cut(row.case, at=at, because="left_team", person=row.person)
    _write_permissions(row.case.request, row.person, at)


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


@transaction.atomic
def invite(request: Request, email: str, part: str, *, by, at: datetime) -> tuple[Invitation, str]:
    """Invite an address to take `part`; return the invitation and its secret, sent by e-mail.

    Inviting the same address again replaces the former link. Raises ValidationError when the part
    cannot be invited.
    """
    if part not in INVITED_AS:
        raise ValidationError(_("Choisissez une place dans l'équipe."))
    email = email.strip().lower()
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


def invitation_of(secret: str, at: datetime) -> Invitation | None:
    """The open invitation that `secret` opens at `at`; None when unknown, used or expired."""
    return (
        Invitation.objects.select_related("request__case", "sent_by")
        .filter(token_sha256=_digest(secret), accepted_at__isnull=True, expires_at__gt=at)
        .first()
    )


@transaction.atomic
def accept(invitation: Invitation, *, by, at: datetime) -> Participation:
    """Take the place one was invited to. A local referent who accepts co-signs the request."""
    invitation.accepted_at, invitation.accepted_by = at, by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    row = join(invitation.request, by, invitation.part, at=at)
    if invitation.part == Participation.Part.REFERENT:
        invitation.request.case.records.create(kind="referent_cosigned", at=at, by=by)
    return row


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
