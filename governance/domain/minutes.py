"""The minutes of a session: remarks on what the portal drafted, submission, approval, correction.

What happened is not written here: it is drawn from the session's rows by the caller, frozen at the
submission, and nobody edits it. The secretary adds remarks; somebody else approves, the chair or
the next session; what is approved is printed once, attested by a leaf, and never changes. A
correction is a new version, with its reason, which goes the same way.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters.facts import today
from governance.domain import files
from governance.domain.documents import PDF
from governance.ledger.leaves import append_leaf
from governance.models import Body, Leaf, Minutes, MinutesPaper, Session
from governance.permissions import may, require
from governance.roles import Permission

GENERAL = "general"
"""The key of the remarks on the whole session; the others are the items'."""
LONGEST_REMARK = 5000
PAPER, TOLD = "minutes_paper", "minutes"
"""The messages of the outbox: the PDF to be made; who is to be told."""


class MinutesRefusal(Exception):
    """The act does not fit where the minutes stand. ``code`` says why."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def latest(session: Session) -> Minutes | None:
    """The last version of the minutes of `session`; None when nobody wrote any."""
    return session.minutes.order_by("-version").first()


def chairs(body: Body, person, *, at: datetime) -> bool:
    """Whether `person` chairs the committee now, and may sign for it."""
    day = today(at)
    return may(person, Permission.CHAIR_SESSIONS, body.establishment_id, at=at) and (
        body.mandates.filter(person=person, chair=True, since__lte=day)
        .filter(Q(until__isnull=True) | Q(until__gte=day))
        .exists()
    )


@transaction.atomic
def write_remarks(session: Session, remarks: dict[str, str], *, by, at: datetime) -> Minutes:
    """Write the secretary's remarks, on the session (`GENERAL`) and on each item (its key).

    Raises MinutesRefusal while the session lasts and once they are submitted, ValidationError for a
    remark that is too long or on nothing of this session.
    """
    minutes = _draft(session, by, at)
    known = {GENERAL, *(str(pk) for pk in session.items.values_list("pk", flat=True))}
    if set(remarks) - known:
        raise ValidationError(_("Cette remarque ne porte sur aucun point de la séance."))
    if any(len(text) > LONGEST_REMARK for text in remarks.values()):
        raise ValidationError(
            _("Une remarque fait au plus %(most)d caractères.") % {"most": LONGEST_REMARK}
        )
    minutes.remarks = {key: text.strip() for key, text in remarks.items() if text.strip()}
    minutes.save(update_fields=["remarks"])
    return minutes


@transaction.atomic
def submit(session: Session, account: dict, *, by, at: datetime) -> Minutes:
    """Submit the minutes: what happened (`account`) is frozen with the remarks, and the chair is
    told. Raises MinutesRefusal while the session lasts and when they are submitted already."""
    minutes = _draft(session, by, at)
    minutes.account, minutes.returned = account, ""
    minutes.state = Minutes.State.SUBMITTED
    minutes.submitted_at, minutes.submitted_by = at, by
    minutes.save()
    _tell(minutes, "submitted", at)
    return minutes


@transaction.atomic
def send_back(minutes: Minutes, reason: str, *, by, at: datetime) -> None:
    """Give submitted minutes back to the secretary, saying what is to be changed in the remarks.

    Raises MinutesRefusal unless they await approval, ValidationError without a reason.
    """
    _locked(minutes)
    if not chairs(minutes.session.body, by, at=at):
        raise PermissionDenied("chair")
    _await(minutes)
    if not reason.strip():
        raise ValidationError({"reason": _("Dites ce qui est à changer.")})
    keeper = minutes.submitted_by_id
    minutes.state, minutes.account, minutes.returned = Minutes.State.DRAFT, {}, reason.strip()
    minutes.submitted_at = minutes.submitted_by = None
    minutes.save()
    _tell(minutes, "returned", at, to=keeper)


@transaction.atomic
def approve(minutes: Minutes, *, by, at: datetime, session: Session | None = None) -> None:
    """Approve submitted minutes: the chair alone, or a later `session` that had its quorum, as its
    secretary writes. Their PDF is made next, and its hash goes in the register.

    Raises MinutesRefusal unless they await approval, for the one who submitted them when it is the
    chair's own approval, and for a session that cannot approve.
    """
    _locked(minutes)
    _await(minutes)
    body = minutes.session.body
    if session is None:
        if not chairs(body, by, at=at):
            raise PermissionDenied("chair")
        if by.pk == minutes.submitted_by_id:
            raise MinutesRefusal("own")
    else:
        require(by, Permission.COMPOSE_SESSIONS, body.establishment_id, at=at)
        if not may_approve(minutes).filter(pk=session.pk).exists():
            raise MinutesRefusal("no_such_session")
    minutes.state = Minutes.State.APPROVED
    minutes.approved_at, minutes.approved_by, minutes.approved_in = at, by, session
    minutes.save()
    outbox.enqueue(PAPER, {"minutes": minutes.pk})
    _tell(minutes, "approved", at)


def may_approve(minutes: Minutes) -> QuerySet[Session]:
    """The sessions that may approve these minutes: later ones of the committee, opened after they
    were submitted, to which at least a quorum came."""
    return (
        minutes.session.body.sessions.filter(
            starts_at__gt=minutes.session.starts_at, opened_at__isnull=False
        )
        .filter(Q(closed_at__isnull=True) | Q(closed_at__gte=minutes.submitted_at))
        .annotate(
            came=Count(
                Coalesce("attendances__mandate__stands_in_for", "attendances__mandate"),
                distinct=True,
            )
        )
        .filter(came__gte=F("body__quorum"))
        .order_by("-starts_at")
    )


@transaction.atomic
def correct(session: Session, reason: str, *, by, at: datetime) -> Minutes:
    """Begin a new version of approved minutes, with the remarks of the last one.

    Raises MinutesRefusal unless the last version is approved, ValidationError without a reason.
    """
    require(by, Permission.COMPOSE_SESSIONS, session.body.establishment_id, at=at)
    Session.objects.select_for_update().get(pk=session.pk)
    last = latest(session)
    if last is None or last.state != Minutes.State.APPROVED:
        raise MinutesRefusal("not_approved")
    if not reason.strip():
        raise ValidationError({"reason": _("Dites ce qui est corrigé, et pourquoi.")})
    return Minutes.objects.create(
        session=session,
        version=last.version + 1,
        remarks=last.remarks,
        reason=reason.strip(),
        drafted_at=at,
        drafted_by=by,
    )


@transaction.atomic
def make_paper(
    minutes: Minutes,
    render: Callable[[], bytes],
    *,
    name: str,
    template_version: int,
    at: datetime,
) -> MinutesPaper:
    """Render, store and attest the PDF of approved minutes; the first one when it is there.

    Side effects: a stored file, a leaf `minutes` (committee, day, version, leaves of the opinions,
    SHA-256 of the bytes, template's version; of a correction, the leaf it corrects), appended last.
    """
    made = MinutesPaper.objects.filter(minutes=minutes).select_related("file").first()
    if made is not None:
        return made
    if minutes.state != Minutes.State.APPROVED:
        raise MinutesRefusal("not_approved")
    content = render()
    file = files.keep(content, name=name, media_type=PDF, by=None, at=at)
    leaf = append_leaf(_leaf(minutes, content, template_version), at=at)
    return MinutesPaper.objects.create(
        minutes=minutes,
        file=file,
        template_version=template_version,
        leaf_index=leaf.index,
        rendered_at=at,
    )


def _leaf(minutes: Minutes, content: bytes, template_version: int) -> dict:
    session = minutes.session
    opinions = session.items.filter(decision__isnull=False).order_by("position", "pk")
    leaf = {
        "kind": "minutes",
        "body": session.body_id,
        "session": today(session.starts_at).isoformat(),
        "version": minutes.version,
        "opinions": list(opinions.values_list("decision__attestation__leaf_index", flat=True)),
        "sha256": hashlib.sha256(content).hexdigest(),
        "template": template_version,
    }
    before = MinutesPaper.objects.filter(minutes__session=session).order_by("-minutes__version")
    corrected = before.exclude(minutes=minutes).first()
    return leaf | ({"corrects": corrected.leaf_index} if corrected else {})


def is_as_attested(paper: MinutesPaper) -> bool:
    """Whether the stored bytes have the hash that the paper's leaf attests."""
    leaf = Leaf.objects.get(pk=paper.leaf_index)
    digest = hashlib.sha256(files.read(paper.file)).hexdigest()
    return f'"sha256":"{digest}"' in bytes(leaf.bytes).decode()


def _draft(session: Session, by, at: datetime) -> Minutes:
    """The version that is being written, begun when there is none."""
    require(by, Permission.COMPOSE_SESSIONS, session.body.establishment_id, at=at)
    Session.objects.select_for_update().get(pk=session.pk)
    session.refresh_from_db()
    if session.closed_at is None:
        raise MinutesRefusal("not_closed")
    minutes = latest(session)
    if minutes is None:
        return Minutes.objects.create(session=session, version=1, drafted_at=at, drafted_by=by)
    if minutes.state != Minutes.State.DRAFT:
        raise MinutesRefusal(minutes.state)
    return minutes


def _locked(minutes: Minutes) -> None:
    Minutes.objects.select_for_update().get(pk=minutes.pk)
    minutes.refresh_from_db()


def _await(minutes: Minutes) -> None:
    if minutes.state != Minutes.State.SUBMITTED:
        raise MinutesRefusal("not_submitted")


def _tell(minutes: Minutes, what: str, at: datetime, **more) -> None:
    said = {"minutes": minutes.pk, "what": what, "at": at.isoformat()}
    outbox.enqueue(TOLD, said | more)
