"""What is told of a session's minutes: to approve, given back, approved."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.urls import reverse

from governance import outbox
from governance.charters.facts import today
from governance.domain.minutes import TOLD
from governance.models import Minutes
from governance.queries.committees import members_of
from projects.notices.told import Told, tell


@outbox.handler(TOLD)
def tell_of_minutes(payload: dict) -> None:
    """Tell the chair of minutes to approve, the secretary of those given back, the members of
    those that are approved."""
    minutes = Minutes.objects.select_related("session__body", "approved_by").get(
        pk=payload["minutes"]
    )
    at, what, session = datetime.fromisoformat(payload["at"]), payload["what"], minutes.session
    if what == "returned":
        people = [get_user_model().objects.get(pk=payload["to"])]
    else:
        seats = members_of(session.body, today(at))
        people = [seat.person for seat in seats if seat.chair or what == "approved"]
    but = [minutes.approved_by] if what == "approved" else []
    values = {"session": today(session.starts_at).isoformat(), "what": what}
    address = reverse("projects:minutes", args=[session.pk])
    told = [
        Told(person, "staff", "minutes", address, values, asked=what != "approved")
        for person in people
    ]
    tell(f"minutes:{minutes.pk}:{what}:{at:%Y%m%d%H%M%S}", told, at=at, but=but)
