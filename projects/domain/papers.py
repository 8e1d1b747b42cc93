"""Papers of a request: one current file a slot, the former ones kept."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.domain import files
from projects.domain.drafts import lock, touch
from projects.models import Attachment, Request

SECTION_OF = {
    Attachment.Slot.PROTOCOL: "protocol",
    Attachment.Slot.STATISTICAL_PLAN: "protocol",
    Attachment.Slot.NOTICE: "regulatory",
    Attachment.Slot.AIPD: "regulatory",
    Attachment.Slot.OTHER: "protocol",
}


MOST_OTHERS = 10
"""Papers beside those that are asked."""


@transaction.atomic
def attach(request: Request, slot: str, upload, *, version: str = "", by, at: datetime):
    """Store a file in a slot, in place of the current one. Raises NotEditable, ValidationError."""
    if slot not in SECTION_OF:
        raise ValidationError(_("Ce document n'est pas demandé."))
    row = lock(request, SECTION_OF[slot])
    if slot == Attachment.Slot.OTHER and _current(request, slot).count() >= MOST_OTHERS:
        raise ValidationError(
            _("Au plus %(n)d autres documents : retirez-en un.") % {"n": MOST_OTHERS}
        )
    file = files.store(upload, by=by, at=at)
    if slot != Attachment.Slot.OTHER:
        _current(request, slot).update(removed_at=at)
    touch(request, row, by=by, at=at)
    return Attachment.objects.create(
        request=request, slot=slot, version=version[:40], file=file, added_at=at, added_by=by
    )


@transaction.atomic
def remove(attachment: Attachment, *, by, at: datetime) -> None:
    """Take a paper away; its row stays. Raises NotEditable."""
    row = lock(attachment.request, SECTION_OF[attachment.slot])
    Attachment.objects.filter(pk=attachment.pk, removed_at__isnull=True).update(removed_at=at)
    touch(attachment.request, row, by=by, at=at)


def _current(request: Request, slot: str):
    return Attachment.objects.filter(request=request, slot=slot, removed_at__isnull=True)
