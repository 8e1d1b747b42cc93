"""Establishments are reminded of the notification that they owe."""

from datetime import datetime, timedelta

from django.db import transaction

from governance import outbox
from governance.domain.incidents.acts import NOTICE
from governance.models.incident import IncidentSite
from governance.queries.incidents import due_at, unsettled

BEFORE_END = timedelta(hours=24)


def notice_owed(due: datetime, at: datetime) -> str | None:
    """The reminder of which the hour has come: a day before the end, at the end, then each day
    after. Only the last one after a silence."""
    if at < due - BEFORE_END:
        return None
    if at < due:
        return "before"
    days = (at - due).days
    return f"late-{days}" if days else "over"


def remind(*, at: datetime) -> int:
    """Have the reminders owed leave; return how many. Harmless twice, and after a long stop."""
    sent = 0
    for site in unsettled():
        notice = notice_owed(due_at(site), at)
        sent += notice is not None and _remind(site, notice)
    return sent


@transaction.atomic
def _remind(site: IncidentSite, notice: str) -> bool:
    locked = IncidentSite.objects.select_for_update().get(pk=site.pk)
    if locked.notified_at is not None or locked.last_notice == notice:
        return False
    locked.last_notice = notice
    locked.save(update_fields=["last_notice"])
    payload = {"incident": site.incident.number, "site": site.establishment_id, "notice": notice}
    outbox.enqueue(NOTICE, payload)
    return True
