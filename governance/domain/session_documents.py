"""Papers given to the members of a committee, for a session or for one item of its agenda.

Stored as any file given to the portal: typed by its content, bounded, scanned. They are added and
withdrawn by the secretary until the session closes; a withdrawn paper's bytes are erased.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.domain import files
from governance.domain.committees.standing import SessionRefusal
from governance.models import Item, Session, SessionDocument
from governance.permissions import require
from governance.roles import Permission

MOST = 40
"""Papers of one session: beyond, nobody reads them."""


@transaction.atomic
def add_document(
    session: Session, upload, *, title: str, item: Item | None = None, by, at: datetime
) -> SessionDocument:
    """Give a paper to the members, for the session or for an `item` of it.

    Raises SessionRefusal once the session is closed; ValidationError for a file that is not kept
    (see `files.store`), an item of another session, or too many papers.
    """
    _composing(session, by, at)
    if item is not None and item.session_id != session.pk:
        raise ValidationError({"item": _("Ce point n'est pas de cette séance.")})
    if standing(session).count() >= MOST:
        raise ValidationError(
            _("Une séance a au plus %(most)d documents : retirez-en un.") % {"most": MOST}
        )
    try:
        file = files.store(upload, by=by, at=at)
    except ValidationError as refusal:
        raise ValidationError({"file": refusal.messages}) from refusal
    return SessionDocument.objects.create(
        session=session,
        item=item,
        title=title.strip() or file.name[:160],
        file=file,
        added_at=at,
        added_by=by,
    )


@transaction.atomic
def withdraw_document(document: SessionDocument, *, by, at: datetime) -> None:
    """Withdraw a paper, for ever; an earlier session, from which it followed its item, keeps it.
    Raises SessionRefusal once the session is closed."""
    _composing(document.session, by, at)
    withdrawn = SessionDocument.objects.filter(pk=document.pk, withdrawn_at__isnull=True)
    if withdrawn.update(withdrawn_at=at) and not document.kept_elsewhere:
        files.erase(document.file, at=at)


def standing(session: Session):
    """The papers of `session` that were not withdrawn."""
    return session.documents.filter(withdrawn_at__isnull=True)


def _composing(session: Session, by, at: datetime) -> None:
    require(by, Permission.COMPOSE_SESSIONS, session.body.establishment_id, at=at)
    Session.objects.select_for_update().get(pk=session.pk)
    session.refresh_from_db()
    if session.closed_at is not None:
        raise SessionRefusal("closed")
