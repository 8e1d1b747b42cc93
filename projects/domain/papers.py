"""Papers of a request: one current file a slot, the former ones kept."""

from datetime import datetime

from django.db import transaction

from governance.domain import files
from projects.domain.drafts import NotEditable, editable_sections
from projects.models import Attachment, Request

SECTION_OF = {
    Attachment.Slot.PROTOCOL: "protocol",
    Attachment.Slot.STATISTICAL_PLAN: "protocol",
    Attachment.Slot.NOTICE: "regulatory",
    Attachment.Slot.AIPD: "regulatory",
    Attachment.Slot.OTHER: "protocol",
}


@transaction.atomic
def attach(request: Request, slot: str, upload, *, version: str = "", by, at: datetime):
    """Store a file in a slot, in place of the current one. Raises NotEditable, ValidationError."""
    if SECTION_OF[slot] not in editable_sections(request):
        raise NotEditable
    file = files.store(upload, by=by, at=at)
    if slot != Attachment.Slot.OTHER:
        _current(request, slot).update(removed_at=at)
    return Attachment.objects.create(
        request=request, slot=slot, version=version[:40], file=file, added_at=at, added_by=by
    )


@transaction.atomic
def remove(attachment: Attachment, *, at: datetime) -> None:
    """Take a paper away; its row stays. Raises NotEditable."""
    if SECTION_OF[attachment.slot] not in editable_sections(attachment.request):
        raise NotEditable
    Attachment.objects.filter(pk=attachment.pk, removed_at__isnull=True).update(removed_at=at)


def _current(request: Request, slot: str):
    return Attachment.objects.filter(request=request, slot=slot, removed_at__isnull=True)
