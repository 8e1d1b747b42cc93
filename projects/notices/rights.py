"""What is told of a person's rights: to that person, when somebody gives, changes or ends one."""

from django.contrib.auth import get_user_model
from django.urls import reverse

from governance import outbox
from governance.domain.audit import RIGHT_CHANGED
from governance.models.audit import AuditEvent
from projects.notices.told import Told, tell


@outbox.handler(RIGHT_CHANGED)
def tell_of_right(payload: dict) -> None:
    """Tell the person whose role or delegation of signature was given, changed or ended."""
    event = AuditEvent.objects.get(pk=payload["event"])
    person = get_user_model().objects.filter(ref=event.subject_ref).first()
    if person is None:
        return
    values = {"action": event.action, "site": event.establishment_id} | event.details
    told = [Told(person, "other", RIGHT_CHANGED, reverse("account_settings"), values)]
    tell(f"right:{event.pk}", told, at=event.at)
