"""A stored file handed to who asked for it, its reading logged."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from governance.domain.audit import record_reading
from governance.domain.files import read
from governance.models.stored_file import StoredFile


def hand_over(
    request: HttpRequest,
    file: StoredFile,
    *,
    at: datetime,
    subject_type: str,
    subject_ref: object,
    as_role: str = "",
    inline: bool = False,
    name: str = "",
) -> HttpResponse:
    """The bytes of `file`, for a person who may read it: to be kept under `name` (its own when none
    is said), or shown by the browser. Raises Http404 when they were erased.

    `subject_type`, `subject_ref` and `as_role` are what the log of readings says.
    """
    try:
        content = read(file)
    except FileNotFoundError:
        raise Http404("erased") from None
    record_reading(
        by=request.user,
        at=at,
        subject_type=subject_type,
        subject_ref=subject_ref,
        as_role=as_role,
    )
    return HttpResponse(
        content,
        content_type=file.media_type,
        headers={
            "Content-Disposition": content_disposition_header(not inline, name or file.name),
            "Cache-Control": "private, no-store",
        },
    )
