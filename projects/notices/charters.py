"""What is told of a charter that changed: sign it again, by when, and what happens otherwise."""

from datetime import date

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from governance import outbox
from governance.paris import last_second_of
from projects.notices.told import Told, tell


@outbox.handler("signature_due")
def tell_of_signature(payload: dict) -> None:
    """Tell a person that a new version of a charter waits for their signature."""
    person = get_user_model().objects.get(pk=payload["person"])
    told = Told(
        person,
        "member",
        "signature_due",
        reverse("sign", args=[payload["charter"]]),
        {name: payload[name] for name in ("charter", "version", "sign_by", "notice")},
        asked=True,
        due_at=last_second_of(date.fromisoformat(payload["sign_by"])),
    )
    cause = f"charter:{payload['charter']}/{payload['version']}:{payload['notice']}"
    tell(cause, [told], at=timezone.now())
