"""A charter changed: those whom it binds are asked to sign again by a day, and reminded.

Each is told once when the version takes effect, then 14 days, 7 days and a day before the last one,
and once when their earlier signature no longer counts. After a missed night, only of the nearest.
"""

from datetime import date, datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from governance import outbox
from governance.charters.facts import today
from governance.domain.commitments import USER_CHARTER
from governance.models.adoption import Adoption
from governance.models.case import Participation
from governance.models.commitment import CharterSignature
from governance.models.outbox import Message
from governance.models.role import RoleGrant

NOTICES = (14, 7, 1)
"""Days before the last one at which a person who has not signed is reminded."""
ASKED, OVER = "asked", "over"
SUPPLIERS = ("producer", "data_engineer")
"""The roles that the producers' charter binds."""


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


def to_sign(day: date):
    """The versions in force that are being signed again, or whose last day has just passed."""
    return Adoption.objects.filter(
        establishment=None, in_force_from__lte=day, sign_by__gte=day - timedelta(days=max(NOTICES))
    )


def unsigned(adoption: Adoption, at: datetime) -> QuerySet:
    """The persons bound by a version's charter who have signed neither it nor a later one."""
    later = Adoption.objects.filter(charter=adoption.charter, pk__gte=adoption.pk)
    signed = CharterSignature.objects.filter(
        person=OuterRef("pk"), charter=adoption.charter, version__in=later.values("version")
    )
    return bound_by(adoption.charter, at).exclude(Exists(signed)).order_by("pk")


def bound_by(charter: str, at: datetime) -> QuerySet:
    """The active persons whom a charter binds: the user's, those who signed it or are of a team;
    the producers', those who supply data."""
    people = get_user_model().objects.filter(is_active=True)
    if charter == USER_CHARTER:
        signed = CharterSignature.objects.filter(person=OuterRef("pk"), charter=charter)
        team = Participation.objects.valid(at).filter(
            person=OuterRef("pk"), part__in=Participation.TEAM
        )
        return people.filter(Exists(signed) | Exists(team))
    grants = RoleGrant.objects.valid(at).filter(person=OuterRef("pk"), role__in=SUPPLIERS)
    return people.filter(Exists(grants))


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
    if Message.objects.filter(kind="signature_due", payload=payload).exists():
        return False
    outbox.enqueue("signature_due", payload)
    return True
