"""A session, item by item: who is there, who leaves, what is found, who votes, what comes out.

The agenda is made of what waits before the committee, and closes when the session opens; what was
not dealt with goes on the next one. A member declares before an item; with any interest they leave
for it and cannot vote. The opinion itself is a step (`give_opinion`), guarded by quorum (C-05) and
the findings (U-15, U-16); it is the one that the votes give.

*Voie rapide*: under a standing delegation of the committee its chair may give an opinion alone, on
an item marked so, which stands on the agenda of the next session to be reported there.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from governance.charters.facts import today
from governance.models import Attendance, Body, Declaration, Grid, Item, Mandate, Session, Vote
from governance.models.case import Case, Conflict
from governance.permissions import require
from governance.roles import Permission

DECIDED_ALONE = ("favourable", "reserved")
"""What a chair may say without the others; anything else is for a session."""


class SessionRefusal(Exception):
    """The act does not fit where the session stands. ``code`` says why."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def body_of(case: Case) -> Body | None:
    """The committee that gives its opinion on `case`: its lead's own, or the network's."""
    return (
        Body.objects.filter(establishment=case.lead_id).first()
        or Body.objects.filter(establishment__isnull=True).first()
    )


def waiting_before(body: Body) -> QuerySet[Case]:
    """The cases before `body` that are on no agenda to come: the first ones to wait first."""
    open_items = Item.objects.filter(
        case=OuterRef("pk"), decision__isnull=True, session__closed_at__isnull=True
    )
    found = Case.objects.filter(process="request", state="committee").exclude(Exists(open_items))
    if body.establishment_id:
        return found.filter(lead=body.establishment_id).order_by("state_since", "pk")
    others = Body.objects.filter(establishment__isnull=False).values("establishment")
    return found.exclude(lead__in=others).order_by("state_since", "pk")


@transaction.atomic
def call_session(
    body: Body,
    *,
    starts_at: datetime,
    closes_for_deposit_at: datetime,
    place: str,
    by,
    at: datetime,
) -> Session:
    """Call a session; its agenda begins with all that awaits an opinion and is on no other.

    Raises ValidationError, field by field, for dates upside down or past.
    """
    require(by, Permission.COMPOSE_SESSIONS, body.establishment_id, at=at)
    if starts_at <= at:
        raise ValidationError({"day": _("Une séance se convoque pour un jour à venir.")})
    if closes_for_deposit_at > starts_at:
        raise ValidationError(
            {"closes_on": _("Les dépôts se ferment avant le début de la séance.")}
        )
    session = Session.objects.create(
        body=body,
        starts_at=starts_at,
        closes_for_deposit_at=closes_for_deposit_at,
        place=place.strip(),
    )
    for case in waiting_before(body).filter(tracks__kind="opinion", tracks__status="awaited"):
        _put(session, case)
    return session


def put_on_next_agenda(case: Case, *, at: datetime, late: bool = False) -> Item | None:
    """Put `case` on the agenda of the next session it can still reach; None when none is called.

    `late`: a case that was on an agenda already goes on the next one whatever its closing date.
    """
    sessions = Session.objects.filter(body=body_of(case), opened_at__isnull=True, starts_at__gt=at)
    if not late:
        sessions = sessions.filter(closes_for_deposit_at__gt=at)
    session = sessions.order_by("starts_at").first()
    return _put(session, case) if session else None


def _put(session: Session, case: Case, **fields) -> Item:
    last = session.items.aggregate(last=Max("position"))["last"] or 0
    return Item.objects.get_or_create(
        session=session, case=case, defaults={"position": last + 1} | fields
    )[0]


@transaction.atomic
def add_item(session: Session, case: Case, *, by, at: datetime) -> Item:
    """Put a case that waits on the agenda. Raises SessionRefusal once the session is open."""
    _compose(session, by, at)
    if not waiting_before(session.body).filter(pk=case.pk).exists():
        raise SessionRefusal("not_waiting")
    return _put(session, case)


@transaction.atomic
def remove_item(item: Item, *, by, at: datetime) -> None:
    """Take a case off the agenda: it waits again for another session."""
    _compose(item.session, by, at)
    if item.decision_id is not None:
        raise SessionRefusal("decided")
    for rows in (item.declarations, item.grids, item.votes):
        rows.all().delete()
    item.delete()


@transaction.atomic
def move_item(item: Item, *, earlier: bool, by, at: datetime) -> None:
    """Exchange an item with the one before it, or after it; nothing at the end of the list."""
    _compose(item.session, by, at)
    items = list(item.session.items.order_by("position", "pk"))
    here = next(i for i, each in enumerate(items) if each.pk == item.pk)
    there = here - 1 if earlier else here + 1
    if 0 <= there < len(items):
        items[here], items[there] = items[there], items[here]
        for position, each in enumerate(items, start=1):
            Item.objects.filter(pk=each.pk).update(position=position)


@transaction.atomic
def name_rapporteur(item: Item, person, *, by, at: datetime) -> None:
    """Name who studies the item (None: nobody). Raises SessionRefusal for a person in conflict."""
    require(by, Permission.COMPOSE_SESSIONS, item.session.body.establishment_id, at=at)
    _still_open(item)
    if person is not None and in_conflict(item, person):
        raise SessionRefusal("conflict")
    Item.objects.filter(pk=item.pk).update(rapporteur=person)


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


@transaction.atomic
def mark_delegated(item: Item, *, delegated: bool, by, at: datetime) -> None:
    """Take the *voie rapide* for an item, or give it back to the session.

    Raises SessionRefusal without a standing delegation. The articles and the route are judged when
    the opinion is given.
    """
    require(by, Permission.CHAIR_SESSIONS, item.session.body.establishment_id, at=at)
    _still_open(item)
    if delegated and not chair_decides_alone(item.session.body, today(at)):
        raise SessionRefusal("no_standing_delegation")
    Item.objects.filter(pk=item.pk).update(delegated=delegated)


def _compose(session: Session, by, at: datetime) -> None:
    require(by, Permission.COMPOSE_SESSIONS, session.body.establishment_id, at=at)
    Session.objects.select_for_update().get(pk=session.pk)
    session.refresh_from_db()
    if session.opened_at is not None:
        raise SessionRefusal("opened")


@transaction.atomic
def open_session(session: Session, *, at: datetime) -> None:
    """Open the session; its agenda is then closed to new items. Raises SessionRefusal before its
    day."""
    if today(at) < today(session.starts_at):
        raise SessionRefusal("too_early")
    Session.objects.filter(pk=session.pk, opened_at__isnull=True).update(opened_at=at)


@transaction.atomic
def close_session(session: Session, *, at: datetime) -> list[Item]:
    """Close the session: what was not dealt with goes on the next one's agenda, with its
    rapporteur. Returns the new items; a case for which no session is called yet waits."""
    session.refresh_from_db()
    if session.opened_at is None:
        raise SessionRefusal("not_open")
    if session.closed_at is not None:
        return []
    session.closed_at = at
    session.save(update_fields=["closed_at"])
    moved = []
    for item in session.items.filter(decision__isnull=True, case__state="committee"):
        again = put_on_next_agenda(item.case, at=at, late=True)
        if again is not None:
            Item.objects.filter(pk=again.pk).update(
                rapporteur=item.rapporteur, delegated=item.delegated
            )
            moved.append(again)
    return moved


@transaction.atomic
def attend(session: Session, mandate: Mandate, *, at: datetime) -> Attendance:
    """Record that a member is there. Raises SessionRefusal without a mandate of that body, before
    the session opens or after it closed."""
    if session.closed_at is not None:
        raise SessionRefusal("closed")
    if session.opened_at is None:
        raise SessionRefusal("not_open")
    day = today(session.starts_at)
    if mandate.body_id != session.body_id or not (
        mandate.since <= day and (mandate.until is None or day <= mandate.until)
    ):
        raise SessionRefusal("no_mandate")
    row, _created = Attendance.objects.update_or_create(
        session=session,
        mandate=mandate,
        defaults={"left_at": None},
        create_defaults={"arrived_at": at},
    )
    return row


@transaction.atomic
def leave_session(attendance: Attendance, *, at: datetime) -> None:
    """Record that a member went before the end: the quorum is counted again for the next item."""
    Attendance.objects.filter(pk=attendance.pk, left_at__isnull=True).update(left_at=at)


@transaction.atomic
def declare_interest(item: Item, mandate: Mandate, ground: str, *, at: datetime) -> Declaration:
    """A member says what interest they have in an item; any but `none` is a conflict for good."""
    _still_open(item)
    declaration, _created = Declaration.objects.update_or_create(
        item=item, mandate=mandate, defaults={"ground": ground, "at": at}
    )
    if ground != Declaration.Ground.NONE:
        Conflict.objects.get_or_create(
            case=item.case,
            person=mandate.person,
            defaults={"ground": ground, "declared_at": at, "declared_by": mandate.person},
        )
        Vote.objects.filter(item=item, mandate=mandate).delete()
    return declaration


@transaction.atomic
def record_finding(
    item: Item, clause: str, finding: str, reasons: str, *, by, at: datetime
) -> Grid:
    """Write a reasoned finding on an article that is a judgement.

    Raises SessionRefusal for a person in conflict, and for one who neither sits nor reports.
    """
    _still_open(item)
    if in_conflict(item, by):
        raise SessionRefusal("conflict")
    if by.pk != item.rapporteur_id and mandate_of(item.session, by) is None:
        raise SessionRefusal("no_mandate")
    grid, _created = Grid.objects.update_or_create(
        item=item,
        clause=clause,
        defaults={"finding": finding, "reasons": reasons.strip(), "by": by, "at": at},
    )
    return grid


@transaction.atomic
def vote(item: Item, mandate: Mandate, choice: str, *, at: datetime) -> Vote:
    """Cast one voice; it may be changed until the opinion is given.

    Raises SessionRefusal for a member who is not there, has not declared, or left for the item.
    """
    _still_open(item)
    declaration = Declaration.objects.filter(item=item, mandate=mandate).first()
    if declaration is None:
        raise SessionRefusal("undeclared")
    if declaration.ground != Declaration.Ground.NONE:
        raise SessionRefusal("conflict")
    if not Attendance.objects.filter(
        session=item.session, mandate=mandate, left_at__isnull=True
    ).exists():
        raise SessionRefusal("absent")
    row, _created = Vote.objects.update_or_create(
        item=item, mandate=mandate, defaults={"choice": choice, "at": at}
    )
    return row


def tally(item: Item) -> Counter:
    """How many voices each choice has."""
    return Counter(item.votes.values_list("choice", flat=True))


def leading(item: Item) -> str | None:
    """The choice with the most voices, abstentions aside; None when there is none or a tie."""
    ranked = [
        (choice, n) for choice, n in tally(item).most_common() if choice != Vote.Choice.ABSTAIN
    ]
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def outcomes_open(item: Item) -> tuple[str, ...]:
    """The opinions that can be given on `item`: the one that has the most voices; on a tie, or when
    everybody abstains, only to defer. A chair alone cannot go against a request."""
    if item.delegated:
        return DECIDED_ALONE
    if not item.votes.exists():
        return ()
    return (leading(item) or Vote.Choice.DEFERRED.value,)


def item_before(case: Case) -> Item | None:
    """The item on which `case` awaits its opinion: none when its session is over."""
    return (
        case.items.filter(decision__isnull=True, session__closed_at__isnull=True)
        .select_related("session__body")
        .order_by("session__starts_at")
        .first()
    )


def mandate_of(session: Session, person) -> Mandate | None:
    """The seat of `person` in the session's committee on its day."""
    day = today(session.starts_at)
    return (
        session.body.mandates.filter(person=person, since__lte=day)
        .filter(Q(until__isnull=True) | Q(until__gte=day))
        .first()
    )


def in_conflict(item: Item, person) -> bool:
    """Whether `person` has a conflict of interest with the item's case."""
    return Conflict.objects.filter(case=item.case_id, person=person).exists()


@dataclass(frozen=True)
class Presence:
    """Who counts for one item: those in the room who declared no interest. Members who left, or
    whose interest makes them leave for it, do not."""

    staying: list[Mandate]
    undeclared: list[Mandate]
    out: list[Mandate]
    required: int

    @property
    def present(self) -> int:
        return len(self.staying)

    @property
    def short(self) -> int:
        """How many members lack for the quorum."""
        return max(0, self.required - self.present)

    @property
    def patients(self) -> bool:
        """Whether a representative of patients is among them."""
        return any(mandate.seat == Mandate.Seat.PATIENTS for mandate in self.staying)

    @property
    def holds(self) -> bool:
        return not self.short and self.patients and not self.undeclared


def presence_at(item: Item) -> Presence:
    """Who counts now for the quorum of `item`. Two queries."""
    grounds = {d.mandate_id: d.ground for d in item.declarations.all()}
    here = [
        attendance.mandate
        for attendance in item.session.attendances.filter(left_at__isnull=True)
        .select_related("mandate__person")
        .order_by("mandate__person__last_name", "pk")
    ]
    none = Declaration.Ground.NONE
    return Presence(
        staying=[m for m in here if grounds.get(m.pk, none) == none],
        undeclared=[m for m in here if m.pk not in grounds],
        out=[m for m in here if grounds.get(m.pk, none) != none],
        required=item.session.body.quorum,
    )


def _still_open(item: Item) -> None:
    Item.objects.select_for_update().get(pk=item.pk)
    item.refresh_from_db()
    if item.decision_id is not None:
        raise SessionRefusal("decided")
    if item.session.closed_at is not None:
        raise SessionRefusal("closed")
