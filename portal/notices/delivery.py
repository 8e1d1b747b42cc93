"""Keeping a notice and choosing how it is sent: by quality, then by what the person chose.

The holder gets a mail at once. Staff find theirs in the summary of the next working morning. Other
members of a team get what they chose to. What happened more than a week before it is delivered (a
restore, a long stop) is kept in the portal, read, and not sent.
"""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from governance import outbox
from portal.accounts.models import MemberNotices
from portal.notices.mails import send_notice
from portal.notices.models import Digest, Notice
from portal.notices.refused import mail_given_up

STALE = timedelta(days=7)
KEPT = timedelta(days=365)
MAIL_ATTEMPTS = 14
"""A mail that is refused is tried again for about a day and a half."""


@outbox.handler("notice")
def keep(payload: dict) -> None:
    """Keep a notice, and have it sent when its quality wants it at once. Harmless twice."""
    person = get_user_model().objects.get(pk=payload["person"])
    at, now = datetime.fromisoformat(payload["at"]), timezone.now()
    stale = now - at > STALE
    notice, created = Notice.objects.get_or_create(
        person=person,
        cause=payload["cause"],
        defaults={
            "request_id": payload["request"],
            "key": payload["key"],
            "values": payload["values"],
            "address": payload["address"],
            "asked": payload["asked"],
            "at": at,
            "due_at": payload["due_at"] and datetime.fromisoformat(payload["due_at"]),
            "way": Notice.Way.NONE if stale else way_for(person, payload),
            "read_at": now if stale else None,
        },
    )
    if created and notice.way == Notice.Way.NOW:
        outbox.enqueue("mail", {"notice": notice.pk})


def way_for(person, payload: dict) -> str:
    """How this person is told: by quality, and by choice for those who only follow."""
    if payload["quality"] == "staff":
        return Notice.Way.DIGEST
    if payload["quality"] != "member" or payload["asked"]:
        return Notice.Way.NOW
    wants = person.member_notices
    told = wants == MemberNotices.ALL or (wants == MemberNotices.DECISIONS and payload["decided"])
    return Notice.Way.NOW if told else Notice.Way.NONE


@outbox.handler("mail", lane="mail", attempts=MAIL_ATTEMPTS, given_up=mail_given_up)
def mail(payload: dict) -> None:
    """Send the mail of a notice, once. A refusal is raised: the outbox tries again."""
    notice = (
        Notice.objects.select_related("person", "request__case")
        .filter(pk=payload["notice"], mailed_at__isnull=True)
        .first()
    )
    if notice is None or not notice.person.is_active:
        return
    send_notice(notice)
    Notice.objects.filter(pk=notice.pk).update(mailed_at=timezone.now())


@transaction.atomic
def mark_read(*, person, at: datetime, notice: Notice | None = None) -> int:
    """Mark one of the person's notices as read, or all of them; says how many were not."""
    mine = Notice.objects.unread().filter(person=person)
    return (mine if notice is None else mine.filter(pk=notice.pk)).update(read_at=at)


def forget_notices(*, at: datetime) -> int:
    """Remove the notices and summaries of more than a year ago; says how many notices."""
    Digest.objects.filter(day__lt=(at - KEPT).date()).delete()
    return Notice.objects.filter(at__lt=at - KEPT).delete()[0]
