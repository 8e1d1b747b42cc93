"""What a mail carries beside its words: of a convocation, the session for one's calendar."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from governance.models import Session
from portal.notices.models import Notice
from projects.documents.session_calendar import calendar_of


@dataclass(frozen=True)
class Attached:
    name: str
    content: bytes
    media_type: str


def attached_to(notice: Notice) -> list[Attached]:
    """The files of the mail of a notice; none for most."""
    return [make(notice) for key, make in MAKERS.items() if key == notice.key]


def _session(notice: Notice) -> Attached:
    session = Session.objects.select_related("body").get(pk=notice.values["session"])
    address = settings.SITE_URL + reverse("projects:session", args=[session.pk])
    content = calendar_of(session, address, notice.at)
    return Attached(f"seance-{session.pk}.ics", content, "text/calendar")


MAKERS = {"convocation": _session}
"""What makes the file, by key of the notice."""
