"""The secret address of a person's calendar."""

import uuid
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from governance.domain.audit import record


@transaction.atomic
def renew_calendar(*, person, by, at: datetime) -> None:
    """Give the calendar another secret address; the former one stops. Audited."""
    if by.pk != person.pk:
        raise PermissionDenied("calendar")
    person.calendar_key = uuid.uuid4()
    person.save(update_fields=["calendar_key"])
    record("calendar.renewed", by=by, at=at, subject_type="person", subject_ref=person.ref)
