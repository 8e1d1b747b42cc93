"""A mail that left, and came back: a report of non-delivery (RFC 3464) read and said to who holds
the request.

Only what a report says has failed for good counts; what is late, or was delivered, does not. A
report names the mail by its Message-ID, which the portal alone can draw, so that a forged one says
nothing.
"""

import email
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default

from portal.notices.mails import about_invitation, about_notice, message_id
from portal.notices.models import Notice
from portal.notices.refused import invitation_undelivered, notice_undelivered
from projects.models import Invitation

LARGEST = 1_000_000
"""Characters of a report that are read: what it returns of the mail comes after."""
LOOKED_BACK = timedelta(days=30)
"""A mail that comes back later than that says nothing: servers give up within a week."""


def take_back(content: bytes, *, at: datetime) -> int:
    """Write what a report of non-delivery says of our mails; how many it concerns, 0 for what is no
    such report. Harmless twice."""
    failed = failed_mails(content)
    if not failed:
        return 0
    since = at - LOOKED_BACK
    notices = Notice.objects.filter(mailed_at__gte=since).select_related("person", "request__case")
    invitations = Invitation.objects.filter(sent_at__gte=since).select_related("request__case")
    found = 0
    for notice in notices.iterator():
        if message_id(about_notice(notice)) in failed:
            notice_undelivered(notice, at)
            found += 1
    for invitation in invitations.iterator():
        if message_id(about_invitation(invitation)) in failed:
            invitation_undelivered(invitation, at)
            found += 1
    return found


def failed_mails(content: bytes) -> set[str]:
    """The Message-ID of each mail that `content`, a mail, reports as not delivered for good."""
    report = email.message_from_bytes(content[:LARGEST], policy=default)
    kinds = {part.get_content_type() for part in report.walk()}
    if "message/delivery-status" not in kinds or not _failed(report):
        return set()
    returned = (
        part for part in report.walk() if part is not report and part.get("Message-ID") is not None
    )
    quoted = (
        email.message_from_string(str(part.get_payload()), policy=default)
        for part in report.walk()
        if part.get_content_type() == "text/rfc822-headers"
    )
    return {str(each["Message-ID"]).strip() for each in (*returned, *quoted) if each["Message-ID"]}


def _failed(report: EmailMessage) -> bool:
    """Whether a recipient is said to have failed, and for good (a status of class 5)."""
    return any(
        str(part.get("Action", "")).strip().lower() == "failed"
        and str(part.get("Status", "5")).strip().startswith("5")
        for part in report.walk()
    )
