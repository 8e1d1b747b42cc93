"""The agenda of a session: made of what waits before the committee, closed when it opens."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from governance.charters.facts import today
from governance.domain import files
from governance.domain.committees.bodies import body_of, chair_decides_alone
from governance.domain.committees.standing import SessionRefusal, in_conflict, still_open
from governance.models import Body, Item, Session, SessionDocument
from governance.models.case import Case
from governance.permissions import require
from governance.roles import Permission


def waiting_before(body: Body) -> QuerySet[Case]:
    """The cases before `body` that are on no agenda to come: the first ones to wait first."""
    open_items = Item.objects.filter(
        case=OuterRef("pk"), decision__isnull=True, session__closed_at__isnull=True
    )
    found = Case.objects.filter(process="request", state="committee").exclude(Exists(open_items))
    if body.kind == Body.Kind.JURY and body.establishment_id is None:
        return found.order_by("state_since", "pk")
    if body.establishment_id:
        return found.filter(lead=body.establishment_id).order_by("state_since", "pk")
    others = Body.objects.filter(kind=Body.Kind.ESTABLISHMENT).values("establishment")
    return found.exclude(lead__in=others).order_by("state_since", "pk")


def item_before(case: Case) -> Item | None:
    """The item on which `case` awaits its opinion: none when its session is over."""
    return (
        case.items.filter(decision__isnull=True, session__closed_at__isnull=True)
        .select_related("session__body")
        .order_by("session__starts_at")
        .first()
    )


def put_on_next_agenda(case: Case, *, at: datetime, after: Session | None = None) -> Item | None:
    """Put `case` on the agenda of the next session it can still reach; None when none is called.

    `after`: a case that was on the agenda of that session goes on the next one of the same body,
    whatever its closing date.
    """
    body = after.body_id if after is not None else body_of(case)
    sessions = Session.objects.filter(body=body, opened_at__isnull=True, starts_at__gt=at)
    if after is None:
        sessions = sessions.filter(closes_for_deposit_at__gt=at)
    session = sessions.order_by("starts_at").first()
    return put(session, case) if session else None


def put(session: Session, case: Case, **fields) -> Item:
    """Put `case` last on the agenda, with the papers that its members had when it was put off."""
    last = session.items.aggregate(last=Max("position"))["last"] or 0
    item, created = Item.objects.get_or_create(
        session=session, case=case, defaults={"position": last + 1} | fields
    )
    before = _put_off(item) if created else None
    if before is not None:
        SessionDocument.objects.bulk_create(
            SessionDocument(
                session=session,
                item=item,
                title=paper.title,
                file=paper.file,
                added_at=paper.added_at,
                added_by=paper.added_by,
            )
            for paper in before.documents.filter(withdrawn_at__isnull=True).select_related(
                "file", "added_by"
            )
        )
    return item


def _put_off(item: Item) -> Item | None:
    """The item from which the same body put the case off, last, with no other opinion since."""
    before = (
        Item.objects.filter(case=item.case_id, session__body=item.session.body_id)
        .exclude(pk=item.pk)
        .select_related("decision")
        .order_by("-session__starts_at", "-pk")
        .first()
    )
    dealt = before is not None and before.decision_id is not None
    return None if dealt and before.decision.outcome != "deferred" else before


@transaction.atomic
def add_item(session: Session, case: Case, *, by, at: datetime) -> Item:
    """Put a case that waits on the agenda. Raises SessionRefusal once the session is open."""
    _compose(session, by, at)
    if not waiting_before(session.body).filter(pk=case.pk).exists():
        raise SessionRefusal("not_waiting")
    return put(session, case)


@transaction.atomic
def remove_item(item: Item, *, by, at: datetime) -> None:
    """Take a case off the agenda: it waits again for another session. Its papers are erased."""
    _compose(item.session, by, at)
    if item.decision_id is not None:
        raise SessionRefusal("decided")
    for rows in (item.declarations, item.grids):
        rows.all().delete()
    for paper in item.documents.select_related("file"):
        if not paper.kept_elsewhere:
            files.erase(paper.file, at=at)
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
    still_open(item)
    if person is not None and in_conflict(item, person):
        raise SessionRefusal("conflict")
    Item.objects.filter(pk=item.pk).update(rapporteur=person)


@transaction.atomic
def mark_delegated(item: Item, *, delegated: bool, by, at: datetime) -> None:
    """Take the *voie rapide* for an item, or give it back to the session.

    Raises SessionRefusal without a standing delegation. The articles and the route are judged when
    the opinion is given.
    """
    require(by, Permission.CHAIR_SESSIONS, item.session.body.establishment_id, at=at)
    still_open(item)
    if delegated and not chair_decides_alone(item.session.body, today(at)):
        raise SessionRefusal("no_standing_delegation")
    Item.objects.filter(pk=item.pk).update(delegated=delegated)


def _compose(session: Session, by, at: datetime) -> None:
    require(by, Permission.COMPOSE_SESSIONS, session.body.establishment_id, at=at)
    Session.objects.select_for_update().get(pk=session.pk)
    session.refresh_from_db()
    if session.opened_at is not None:
        raise SessionRefusal("opened")
