"""A committee: which one looks at a case, its rules, what it lets its chair say alone.

The rules of a body are those its members deliberated: the secretary copies them, with the reference
of the deliberation. They do not change while one of its sessions is open.
"""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.charters.facts import today
from governance.domain.audit import record
from governance.models import Body, Establishment, Session
from governance.models.case import Case
from governance.models.committee import Seat, always_required
from governance.permissions import require
from governance.queries.committees import members_of
from governance.roles import Permission


def committee_of(establishment: str | None) -> Body | None:
    """The committee of that establishment (its slug): its own, or the network's. Never a jury."""
    return (
        Body.objects.filter(
            Q(kind=Body.Kind.ESTABLISHMENT, establishment=establishment) | Q(kind=Body.Kind.NETWORK)
        )
        .order_by(F("establishment").asc(nulls_last=True))
        .first()
    )


def body_of(case: Case) -> Body | None:
    """The committee that gives its opinion on `case`: its lead's own, or the network's."""
    return committee_of(case.lead_id)


@transaction.atomic
def delegate_to_chair(body: Body, *, since: date, until: date, act: str, by, at: datetime) -> Body:
    """Record the committee's deliberation by which its chair may give some opinions alone.

    Raises ValidationError for a period upside down or an act without its reference.
    """
    require(by, Permission.COMPOSE_SESSIONS, body.establishment_id, at=at)
    if until < since:
        raise ValidationError({"until": _("La fin doit être après le début.")})
    if not act.strip():
        raise ValidationError({"act": _("Indiquez la référence de la délibération.")})
    body.chair_alone_since, body.chair_alone_until = since, until
    body.chair_alone_act = act.strip()
    body.save(update_fields=["chair_alone_since", "chair_alone_until", "chair_alone_act"])
    return body


def chair_decides_alone(body: Body, day: date) -> bool:
    """Whether the standing delegation of the committee to its chair is in force that day."""
    since, until = body.chair_alone_since, body.chair_alone_until
    return since is not None and since <= day <= until


LEAST_MEMBERS, MOST_MEMBERS = 2, 60
"""An opinion is never one person's; more than this is no quorum of a committee."""


@transaction.atomic
def found_body(
    *, kind: str, name: str, establishment: Establishment | None, call: str = "", by, at: datetime
) -> Body:
    """Found the committee of an establishment, or the jury of a call (`establishment` None: of the
    network), with the rules that the charter asks for; its members are named next.

    Raises ValidationError for a second committee in an establishment, or a jury without a call;
    PermissionDenied unless `by` administers people there. Audited as ``body.founded``.
    """
    require(by, Permission.MANAGE_PEOPLE, establishment, at=at)
    name, call = name.strip(), call.strip()
    errors = {}
    if not name:
        errors["name"] = _("Donnez un nom.")
    if kind == Body.Kind.JURY and not call:
        errors["call"] = _("Nommez l'appel dont ce jury examine les dossiers.")
    if kind not in (Body.Kind.JURY, Body.Kind.ESTABLISHMENT):
        errors["kind"] = _("Le réseau a déjà son comité.")
    if kind == Body.Kind.ESTABLISHMENT and establishment is None:
        errors["establishment"] = _("Choisissez l'établissement.")
    elif kind == Body.Kind.ESTABLISHMENT and _has_committee(establishment):
        errors["establishment"] = _("Cet établissement a déjà son comité.")
    slug = slugify(name.replace("’", " ").replace("'", " "))[:60]
    if name and (not slug or Body.objects.filter(slug=slug).exists()):
        errors["name"] = _("Une instance a déjà ce nom, ou un nom trop proche.")
    if errors:
        raise ValidationError(errors)
    body = Body.objects.create(
        slug=slug,
        name=name,
        kind=kind,
        establishment=establishment,
        call=call if kind == Body.Kind.JURY else "",
    )
    _audit("body.founded", body, by, at, {"kind": kind})
    return body


@transaction.atomic
def set_rules(
    body: Body,
    *,
    quorum: int,
    required_seats: list[str],
    remote_counts: bool,
    secret_votes: bool,
    act: str,
    by,
    at: datetime,
) -> Body:
    """Write the rules that the body deliberated: how many make its quorum, which seats are held on
    each item (the patients' always is), whether members from afar count, whether votes are secret.

    Raises ValidationError for rules that are none, without the reference of the deliberation, or
    while a session is open; PermissionDenied unless `by` keeps the body's record. Audited as
    ``body.rules_set`` with the rules.
    """
    require(by, Permission.COMPOSE_SESSIONS, body.establishment_id, at=at)
    body = Body.objects.select_for_update(of=("self",)).get(pk=body.pk)
    errors = {}
    # A stand-in shares the seat of who they replace.
    seats = members_of(body, today(at)).filter(stands_in_for=None).count()
    if not LEAST_MEMBERS <= quorum <= MOST_MEMBERS:
        errors["quorum"] = _("Donnez un nombre de membres, de %(least)d à %(most)d.") % {
            "least": LEAST_MEMBERS,
            "most": MOST_MEMBERS,
        }
    elif seats and quorum > max(seats, LEAST_MEMBERS):
        errors["quorum"] = ngettext(
            "Ce comité a %(seats)d siège pourvu : il n'aurait jamais ce quorum. Nommez d'abord ses "
            "membres.",
            "Ce comité a %(seats)d sièges pourvus : il n'aurait jamais ce quorum. Nommez d'abord "
            "ses membres, ou donnez %(seats)d au plus.",
            seats,
        ) % {"seats": seats}
    if not set(required_seats) <= set(Seat.values):
        errors["required_seats"] = _("Choisissez parmi les sièges proposés.")
    if not act.strip():
        errors["act"] = _("Indiquez la référence de la délibération.")
    if errors:
        raise ValidationError(errors)
    between_sessions(body)
    body.quorum, body.remote_counts, body.secret_votes = quorum, remote_counts, secret_votes
    asked = {*required_seats, *always_required()}
    body.required_seats = [seat for seat in Seat.values if seat in asked]
    body.rules_act = act.strip()
    body.save(
        update_fields=["quorum", "required_seats", "remote_counts", "secret_votes", "rules_act"]
    )
    rules = {
        "quorum": quorum,
        "seats": body.required_seats,
        "remote": remote_counts,
        "secret": secret_votes,
    }
    _audit("body.rules_set", body, by, at, rules)
    return body


def between_sessions(body: Body) -> None:
    """Raise ValidationError while a session of the body is open."""
    if Session.objects.filter(body=body, opened_at__isnull=False, closed_at=None).exists():
        raise ValidationError(
            _("Une séance est ouverte : les règles et les sièges changent une fois close.")
        )


def _has_committee(establishment: Establishment) -> bool:
    return Body.objects.filter(kind=Body.Kind.ESTABLISHMENT, establishment=establishment).exists()


def _audit(action: str, body: Body, by, at: datetime, details: dict) -> None:
    record(
        action,
        by=by,
        at=at,
        subject_type="body",
        subject_ref=body.pk,
        establishment=body.establishment_id,
        details=details,
    )
