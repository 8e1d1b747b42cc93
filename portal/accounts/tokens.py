"""Personal tokens: made, recognised, taken back.

A token is 256 random bits, so its plain SHA-256 can neither be guessed nor found by a dictionary:
what is stored lets nobody act. It begins with ``guichet_`` so that scanners of leaked secrets, and
people, recognise it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.domain.audit import record
from portal.accounts.models import PersonalToken

MARK = "guichet_"
LONGEST = 366
"""Days a token may live at most."""

USED_EVERY = timedelta(minutes=1)
"""The last use is noted at most once in this time: a read-only call stays one read."""


@transaction.atomic
def issue_token(
    *, person, name: str, scopes, days: int, by, at: datetime
) -> tuple[PersonalToken, str]:
    """Make a token for ``person``, valid ``days`` days (1 to 366); return it with its plain text.

    The plain text is nowhere else and cannot be had again. ``scopes`` holds ``read``, ``write``
    (which includes ``read``). ``by`` is the person, or None for the command. Raises
    ValidationError on a bad name, scope or number of days; PermissionDenied for somebody else.
    Audited as ``token.issued``.
    """
    if by is not None and by.pk != person.pk:
        raise PermissionDenied("token")
    errors = {}
    wanted = set(scopes)
    if not wanted or not wanted <= set(PersonalToken.Scope.values):
        errors["scopes"] = _("Choisissez un droit : lire, ou lire et agir.")
    if not 1 <= days <= LONGEST:
        errors["days"] = _("La durée va de 1 à %(most)s jours.") % {"most": LONGEST}
    if not name.strip():
        errors["name"] = _("Donnez un nom à ce jeton : à quoi il sert.")
    if errors:
        raise ValidationError(errors)
    if PersonalToken.Scope.WRITE in wanted:
        wanted.add(PersonalToken.Scope.READ)
    plain = MARK + secrets.token_urlsafe(32)
    token = PersonalToken.objects.create(
        person=person,
        name=name.strip(),
        prefix=plain[: len(MARK) + 4],
        digest=_digest(plain),
        scopes=sorted(str(scope) for scope in wanted),
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    _audit("token.issued", token, by=by, at=at)
    return token, plain


def recognise(plain: str, *, at: datetime) -> PersonalToken | None:
    """The live token whose text is ``plain``, or None: unknown, expired, revoked, account closed.

    Notes the use.
    """
    if not plain.startswith(MARK) or len(plain) > 100:
        return None
    token = (
        PersonalToken.objects.select_related("person")
        .filter(
            digest=_digest(plain),
            expires_at__gt=at,
            revoked_at__isnull=True,
            person__is_active=True,
        )
        .first()
    )
    if token and (token.last_used_at is None or at - token.last_used_at >= USED_EVERY):
        PersonalToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token


@transaction.atomic
def revoke_token(*, token: PersonalToken, by, at: datetime) -> None:
    """Take a token back at once. Already taken back: nothing changes. Audited."""
    if by is not None and by.pk != token.person_id:
        raise PermissionDenied("token")
    if PersonalToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at):
        _audit("token.revoked", token, by=by, at=at)


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()


def _audit(action: str, token: PersonalToken, *, by, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        subject_type="person",
        subject_ref=token.person.ref,
        details={
            "token": token.pk,
            "scopes": token.scopes,
            "expires": token.expires_at.isoformat(),
        },
    )
