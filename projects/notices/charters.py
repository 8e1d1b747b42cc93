"""What is told of a charter that changed: sign it again, by when, and what happens otherwise; and
that an establishment's own version ends with it."""

from datetime import date

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from governance import outbox
from governance.models.delegation import Delegation
from governance.models.role import RoleGrant
from governance.paris import last_second_of
from governance.roles import Permission, roles_with
from projects.notices.told import Told, tell


@outbox.handler("signature_due")
def tell_of_signature(payload: dict) -> None:
    """Tell a person that a new version of a charter waits for their signature."""
    person = get_user_model().objects.get(pk=payload["person"])
    named = ("charter", "version", "sign_by", "notice", "establishment")
    address = reverse("sign", args=[payload["charter"]])
    if "establishment" in payload:
        address = reverse("sign_local", args=[payload["charter"], payload["establishment"]])
    told = Told(
        person,
        "member",
        "signature_due",
        address,
        {name: payload[name] for name in named if name in payload},
        asked=True,
        due_at=last_second_of(date.fromisoformat(payload["sign_by"])),
    )
    cause = f"charter:{payload['charter']}/{payload['version']}:{payload['notice']}"
    tell(cause, [told], at=timezone.now())


@outbox.handler("local_version_ends")
def tell_of_ended_version(payload: dict) -> None:
    """Tell those who prepare the versions of an establishment, and who decide for it, that its own
    is less strict somewhere than the network's to come, and ends on its day."""
    now, place = timezone.now(), payload["establishment"]
    grants = RoleGrant.objects.valid(now).filter(
        person=OuterRef("pk"), establishment=place, role__in=roles_with(Permission.PROPOSE_CHARTERS)
    )
    delegations = Delegation.objects.valid(now).filter(person=OuterRef("pk"), establishment=place)
    concerned = get_user_model().objects.filter(
        Exists(grants) | Exists(delegations), is_active=True
    )
    address = reverse("public:charter_versions", args=[payload["charter"]])
    told = [Told(person, "staff", "local_version_ends", address, payload) for person in concerned]
    cause = f"charter:{payload['charter']}/{payload['version']}:{payload['when']}:{place}"
    tell(cause, told, at=now)
