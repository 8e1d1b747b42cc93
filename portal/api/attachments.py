"""Papers of a request: typed by their content, bounded, read through a permission check only."""

import hashlib

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from governance.domain import files
from governance.pages.stored_file import hand_over
from portal.api.bearer import READ, WRITE
from portal.api.errors import Problem
from portal.api.idempotency import Key, once
from portal.api.instants import Instant
from portal.api.schema import problems
from projects.domain import papers
from projects.domain.drafts import NotEditable
from projects.models import Attachment
from projects.views.frame import visible_request

router = Router(tags=["requests"])

SLOTS = "|".join(Attachment.Slot.values)

BYTES = {
    media_type: {"schema": {"type": "string", "format": "binary"}}
    for media_type in files.TYPES.values()
}


class AttachmentOut(Schema):
    """A paper of the request; its bytes are at its own address."""

    id: int
    slot: str = Field(examples=["protocol"])
    version: str
    name: str
    media_type: str
    size: int
    sha256: str
    added_at: Instant

    @staticmethod
    def resolve_name(attachment) -> str:
        return _file(attachment, "name")

    @staticmethod
    def resolve_media_type(attachment) -> str:
        return _file(attachment, "media_type")

    @staticmethod
    def resolve_size(attachment) -> int:
        return _file(attachment, "size")

    @staticmethod
    def resolve_sha256(attachment) -> str:
        return _file(attachment, "sha256")


def _file(attachment, name: str):
    """From the stored file, or from what was already said of it."""
    if isinstance(attachment, dict):
        return attachment[name]
    return getattr(attachment.file, name)


@router.post(
    "/{id}/attachments",
    auth=WRITE,
    response={201: AttachmentOut},
    summary=_("Joindre un document (PDF, Word ou OpenDocument)"),
    openapi_extra=problems("conflict"),
)
def attach(
    request,
    id: str,
    file: File[UploadedFile],
    slot: str = Form(pattern=f"^({SLOTS})$", description="what the paper is"),
    version: str = Form("", max_length=40),
    key: Key = None,
):
    """The type is read from the content; the file replaces the one in the same slot."""
    demand = visible_request(request, id)
    if not demand.reader.writes:
        raise Problem("forbidden")
    content = file.read()
    file.seek(0)
    said = [slot, version, hashlib.sha256(content).hexdigest()]
    return once(
        request, key, said, lambda: _attach(request, demand, slot, file, version), AttachmentOut
    )


def _attach(request, demand, slot: str, file, version: str) -> Attachment:
    at = timezone.now()
    try:
        return papers.attach(demand, slot, file, version=version, by=request.user, at=at)
    except NotEditable:
        message = gettext("Ce document ne peut pas être changé maintenant.")
        raise Problem("conflict", message) from None


@router.get(
    "/{id}/attachments/{attachment}",
    auth=READ,
    summary=_("Les octets d'un document"),
    openapi_extra={"responses": {200: {"content": BYTES}}},
)
def read(request, id: str, attachment: int):
    demand = visible_request(request, id)
    if not -(2**31) < attachment < 2**63:
        raise Http404(attachment)
    found = demand.attachments.filter(pk=attachment).select_related("file").first()
    if found is None:
        raise Http404(attachment)
    return hand_over(
        request,
        found.file,
        at=timezone.now(),
        subject_type="file",
        subject_ref=found.file.pk,
        as_role=demand.reader.quality,
        name=f"{found.slot}-{found.pk}",
    )
