"""What is told to the members of a committee: when and where it sits, and what it looks at."""

from django.urls import reverse

from governance import outbox
from governance.domain.convocations import TOLD
from governance.models import Convocation
from projects.notices.told import Told, tell


@outbox.handler(TOLD)
def tell_of_convocation(payload: dict) -> None:
    """Tell a member that they are called; nothing when the session moved since, or was held."""
    convocation = Convocation.objects.select_related("session", "mandate__person").get(
        pk=payload["convocation"]
    )
    session = convocation.session
    if convocation.told != payload["told"] or session.opened_at is not None:
        return
    told = Told(
        convocation.mandate.person,
        "other",
        "convocation",
        reverse("projects:session_answer", args=[session.pk]),
        {
            "session": session.pk,
            "starts_at": session.starts_at.isoformat(),
            "place": session.place,
            "moved": convocation.told > 0,
        },
        asked=True,
        due_at=session.starts_at,
    )
    tell(f"convocation:{convocation.pk}:{convocation.told}", [told], at=convocation.sent_at)
