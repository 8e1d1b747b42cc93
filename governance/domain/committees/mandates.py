"""Seats: who is named to a committee, from when to when, and the role that goes with it.

A mandate copies a decision to name, whose reference it keeps. It gives the role of member or of
chair of that place for the same days, unless the person holds it already; ended before its term, it
takes the role back, unless another mandate there needs it. Past days never change.
"""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from governance.charters.facts import today
from governance.domain.audit import record
from governance.domain.committees.bodies import between_sessions
from governance.domain.roles import change_period, grant_role
from governance.models import Body, Mandate, RoleGrant
from governance.paris import end_of, start_of
from governance.permissions import require
from governance.roles import Permission


@transaction.atomic
def name_member(
    body: Body,
    *,
    person,
    seat: str,
    chair: bool = False,
    since: date,
    until: date | None = None,
    act: str,
    stands_in_for: Mandate | None = None,
    by,
    at: datetime,
) -> Mandate:
    """Name `person` to a seat of `body` from `since` to `until`, both included (None: until it is
    ended), and give them the role that goes with it. With `stands_in_for`, they sit in that
    member's seat when that one does not.

    Raises ValidationError for a period past or upside down, a person who sits already, a second
    chair, a stand-in of another body or seat, of a stand-in, or beside another stand-in, an act
    without its reference, or while a session is open; PermissionDenied unless `by` administers
    people there, and for oneself. Audited as ``mandate.named``.
    """
    _administers(body, person, by, at)
    Body.objects.select_for_update(of=("self",)).get(pk=body.pk)
    errors = {}
    if seat not in Mandate.Seat.values:
        errors["seat"] = _("Choisissez parmi les sièges proposés.")
    if since < today(at):
        errors["since"] = _("Un mandat ne commence pas avant aujourd'hui.")
    if until is not None and until < since:
        errors["until"] = _("La fin doit être après le début.")
    if not act.strip():
        errors["act"] = _("Indiquez la référence de la décision de nomination.")
    meanwhile = _during(body.mandates.all(), since, until)
    if meanwhile.filter(person=person).exists():
        errors["person"] = _("Cette personne siège déjà pendant tout ou partie de ces jours.")
    if chair and meanwhile.filter(chair=True).exists():
        errors["chair"] = _("Un président est déjà nommé pendant tout ou partie de ces jours.")
    if stands_in_for is not None:
        errors |= _stand_in_errors(stands_in_for, body, seat, chair, meanwhile)
    if errors:
        raise ValidationError(errors)
    between_sessions(body)
    mandate = Mandate.objects.create(
        body=body,
        person=person,
        seat=seat,
        chair=chair,
        since=since,
        until=until,
        act=act.strip(),
        stands_in_for=stands_in_for,
    )
    _give_role(mandate, by, at)
    _audit("mandate.named", mandate, by, at)
    return mandate


@transaction.atomic
def end_mandate(mandate: Mandate, *, last_day: date, by, at: datetime) -> Mandate:
    """End a mandate before its term: `last_day` is the last one on which it counts.

    Raises ValidationError for a day past, before it begins or after its term, or while a session
    is open; PermissionDenied as ``name_member``. Audited as ``mandate.ended``.
    """
    mandate = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate.pk)
    _administers(mandate.body, mandate.person, by, at)
    if last_day < today(at):
        raise ValidationError({"last_day": _("Les jours passés ne changent pas.")})
    if last_day < mandate.since:
        raise ValidationError({"last_day": _("La fin doit être après le début.")})
    if mandate.until is not None and last_day > mandate.until:
        raise ValidationError({"last_day": _("Ce mandat finit plus tôt : nommez de nouveau.")})
    between_sessions(mandate.body)
    mandate.until = last_day
    mandate.save(update_fields=["until"])
    _shorten_role(mandate, by, at)
    _audit("mandate.ended", mandate, by, at)
    return mandate


def _stand_in_errors(titular: Mandate, body: Body, seat: str, chair: bool, meanwhile) -> dict:
    if not meanwhile.filter(pk=titular.pk, stands_in_for__isnull=True).exists():
        return {"stands_in_for": _("Choisissez un membre titulaire du comité, ces jours-là.")}
    if meanwhile.filter(stands_in_for=titular).exists():
        return {"stands_in_for": _("Ce membre a déjà un suppléant pendant ces jours.")}
    if seat != titular.seat:
        return {"seat": _("Un suppléant tient le même siège que le titulaire.")}
    if chair:
        return {"chair": _("Un suppléant ne préside pas.")}
    return {}


def _administers(body: Body, person, by, at: datetime) -> None:
    require(by, Permission.MANAGE_PEOPLE, body.establishment_id, at=at)
    if by.pk == person.pk:
        raise PermissionDenied("self")


def _during(mandates: QuerySet[Mandate], since: date, until: date | None) -> QuerySet[Mandate]:
    found = mandates.filter(Q(until__isnull=True) | Q(until__gte=since))
    return found if until is None else found.filter(since__lte=until)


def _role(mandate: Mandate) -> str:
    return "committee_chair" if mandate.chair else "committee_member"


def _grants(mandate: Mandate) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(
        person=mandate.person,
        role=_role(mandate),
        establishment=mandate.body.establishment_id,
        revoked_at__isnull=True,
    )


def _give_role(mandate: Mandate, by, at: datetime) -> None:
    since = max(start_of(mandate.since), at)
    until = end_of(mandate.until) if mandate.until else None
    whole = _grants(mandate).filter(since__lte=since)
    open_end = Q(until__isnull=True)
    if not whole.filter(open_end if until is None else open_end | Q(until__gte=until)).exists():
        grant_role(
            person=mandate.person,
            role=_role(mandate),
            establishment=mandate.body.establishment,
            since=since,
            until=until,
            by=by,
            at=at,
        )


def _shorten_role(mandate: Mandate, by, at: datetime) -> None:
    end = end_of(mandate.until)
    others = Mandate.objects.filter(
        person=mandate.person,
        body__establishment=mandate.body.establishment_id,
        chair=mandate.chair,
    ).exclude(pk=mandate.pk)
    if _during(others, mandate.until, None).exists():
        return
    longer = _grants(mandate).filter(Q(until__isnull=True) | Q(until__gt=end), since__lt=end)
    for grant in longer:
        change_period(grant=grant, until=end, by=by, at=at)


def _audit(action: str, mandate: Mandate, by, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        subject_type="person",
        subject_ref=mandate.person.ref,
        establishment=mandate.body.establishment_id,
        details={
            "body": mandate.body_id,
            "seat": mandate.seat,
            "chair": mandate.chair,
            "since": mandate.since.isoformat(),
            "until": mandate.until.isoformat() if mandate.until else None,
        },
    )
