"""A charter changed: those whom it binds are asked to sign again by a day, and reminded. One
establishment's own version binds fewer (`governance.domain.bound`), in the same way.

Each is told once when the version takes effect, then 14 days, 7 days and a day before the last one,
and once when their earlier signature no longer counts. After a missed night, only of the nearest.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from governance import outbox
from governance.charters import versions_in_force
from governance.charters.facts import today
from governance.domain.bound import bound_by
from governance.models.adoption import Adoption
from governance.models.commitment import CharterSignature
from governance.models.outbox import Message

NOTICES = (14, 7, 1)
"""Days before the last one at which a person who has not signed is reminded."""
ASKED, OVER = "asked", "over"


@outbox.handler("charter_adopted")
def ask_at_once(payload: dict) -> None:
    """Ask those whom a version in force from today binds; later ones are asked by the night."""
    remind(at=timezone.now())


def remind(*, at: datetime) -> int:
    """Have what is owed to those who have not signed leave; return how many messages. Harmless
    twice, and after a missed night."""
    day, told = today(at), 0
    for adoption in to_sign(day):
        notice = _notice(adoption.sign_by, day)
        for person in unsigned(adoption, at).values_list("pk", flat=True).iterator():
            told += _tell_once(adoption, person, notice)
    return told


def to_sign(day: date) -> list[Adoption]:
    """The versions in force that are being signed again, or whose last day has just passed; of an
    establishment, the one that judges there that day."""
    found = Adoption.objects.filter(
        in_force_from__lte=day, sign_by__gte=day - timedelta(days=max(NOTICES))
    )
    return [each for each in found if each.establishment_id is None or _judges(each, day)]


def _judges(local: Adoption, day: date) -> bool:
    return versions_in_force(day, local.establishment_id)[local.charter] == local.version


def unsigned(adoption: Adoption, at: datetime) -> QuerySet:
    """The persons whom a version binds who have signed neither it nor a later one of the same
    establishment, or of the network."""
    later = Adoption.objects.filter(
        charter=adoption.charter, establishment=adoption.establishment_id, pk__gte=adoption.pk
    )
    signed = CharterSignature.objects.filter(
        person=OuterRef("pk"), charter=adoption.charter, version__in=later.values("version")
    )
    bound = bound_by(adoption.charter, at, adoption.establishment_id)
    return bound.exclude(Exists(signed)).order_by("pk")


def _notice(sign_by: date, day: date) -> str:
    left = (sign_by - day).days
    if left < 0:
        return OVER
    nearest = [number for number in NOTICES if left <= number]
    return f"before-{min(nearest)}" if nearest else ASKED


@transaction.atomic
def _tell_once(adoption: Adoption, person: int, notice: str) -> bool:
    payload = {
        "person": person,
        "charter": adoption.charter,
        "version": adoption.version,
        "sign_by": adoption.sign_by.isoformat(),
        "notice": notice,
    }
    if adoption.establishment_id is not None:
        payload["establishment"] = adoption.establishment_id
    if Message.objects.filter(kind="signature_due", payload=payload).exists():
        return False
    outbox.enqueue("signature_due", payload)
    return True
