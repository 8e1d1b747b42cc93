"""A mail that could not be delivered: kept, tried again, then said to who holds the request."""

import structlog
from django.utils import timezone

from governance.models import Record
from portal.notices.models import Notice
from projects.domain.records import record
from projects.models import Invitation
from projects.notices.acts import page
from projects.notices.people import staff
from projects.notices.told import Told, tell

log = structlog.get_logger(__name__)


def mail_given_up(payload: dict) -> None:
    """Write that a notice's mail was refused for good, and tell the case officer."""
    notice = Notice.objects.select_related("person", "request__case").get(pk=payload["notice"])
    notice_undelivered(notice, timezone.now())


def notice_undelivered(notice: Notice, at) -> None:
    """Write, once, that a notice's mail did not reach its person, and tell the case officer."""
    refused = Notice.objects.filter(pk=notice.pk, refused_at=None)
    if not refused.update(refused_at=at, mailed_at=None):
        return
    if notice.request is not None:
        _bounced(notice.request, {"person": str(notice.person.ref)}, f"bounce:{notice.pk}", at)


def invitation_given_up(payload: dict) -> None:
    """Write that an invitation's mail was refused for good, and tell the case officer."""
    invitation = Invitation.objects.select_related("request__case").filter(pk=payload["invitation"])
    found = invitation.first()
    if found is not None:
        invitation_undelivered(found, timezone.now())


def invitation_undelivered(invitation: Invitation, at) -> None:
    """As `notice_undelivered`, of an invitation."""
    data = {"invitation": invitation.pk}
    if not Record.objects.filter(case=invitation.request_id, kind="bounce", data=data).exists():
        _bounced(invitation.request, data, f"bounce:invitation:{invitation.pk}", at)


def _bounced(request, data: dict, cause: str, at) -> None:
    record(request.case, "bounce", by=None, at=at, data=data)
    if request.case.lead_id is None:  # a draft has no case officer yet
        return
    people = staff("case_officer", request.case.lead_id, request, at)
    told = [Told(person, "staff", "bounce", page("request", request)) for person in people]
    tell(cause, told, at=at, request=request)
