"""The minutes of a session as their readers know them: who reads which version, and the words.

A draft is the secretary's and the chair's; submitted, it is read by those who sit; approved, by
whoever reads the committee's sessions. Nobody reads how an item was voted when they left for it, or
are of its team.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.charters import load_charter, versions_in_force
from governance.charters.facts import today
from governance.domain import minutes as domain
from governance.models import Grid, Mandate, Minutes, Participation, Session
from governance.permissions import may
from governance.process.table import REQUEST
from governance.roles import Permission, roles_with
from projects.queries.agenda import CHOICES, FINDINGS, GROUNDS, OUTCOME_KINDS, SEATS, seat_said
from projects.queries.desk import Desk
from projects.queries.reservations import said_in
from projects.queries.session_account import account_of


@dataclass(frozen=True)
class MinutesHand:
    """What a person may do of the minutes of a session: keep them, approve them, read them."""

    keeps: bool
    chairs: bool
    sits: bool


def minutes_hand_of(session: Session, person, at: datetime) -> MinutesHand:
    """What `person` may do of the minutes of `session`."""
    body, day = session.body, today(session.starts_at)
    seats = body.mandates.filter(person=person, since__lte=day)
    return MinutesHand(
        may(person, Permission.COMPOSE_SESSIONS, body.establishment_id, at=at),
        domain.chairs(body, person, at=at),
        seats.filter(Q(until__isnull=True) | Q(until__gte=day)).exists(),
    )


def shown_to(session: Session, hand: MinutesHand) -> Minutes | None:
    """The version of the minutes that is shown; an unsaved draft when nobody wrote any yet. None
    when there is nothing to read."""
    if session.closed_at is None:
        return None
    versions = list(
        session.minutes.select_related(
            "paper__file", "submitted_by", "approved_by", "approved_in"
        ).order_by("-version")
    )
    for each in versions or [Minutes(session=session, version=1)]:
        if each.state == Minutes.State.APPROVED or hand.keeps or hand.chairs:
            return each
        if each.state == Minutes.State.SUBMITTED and hand.sits:
            return each
    return None


def barred_from(session: Session, person) -> set[int]:
    """The items of `session` that `person` left, or whose team they are of."""
    cases = session.items.filter(
        Q(case__conflicts__person=person)
        | Exists(
            Participation.objects.filter(
                case=OuterRef("case"), person=person, part__in=Participation.TEAM
            )
        )
    )
    return set(cases.values_list("pk", flat=True))


@dataclass(frozen=True)
class Seated:
    """A member in the minutes. `came` are the periods of presence, the last one open or not."""

    name: str
    seat: str
    chair: bool
    came: list[tuple[datetime, datetime | None]]
    answer: str
    remote: bool

    @property
    def excused(self) -> bool:
        return not self.came and self.answer == "excused"


@dataclass(frozen=True)
class PointTold:
    """An item in the minutes. `hidden`: its reader left for it, and is not told the votes."""

    pk: int
    number: str
    title: str
    rapporteur: str
    delegated: bool
    outcome: str
    kind: str
    at: datetime | None
    by: str
    counted: list[str]
    seats: list[str]
    out: list[tuple[str, str]]
    tally: list[tuple[str, int]]
    voices: list[tuple[str, str]]
    secret: bool
    findings: list[dict]
    articles: list[tuple[str, str]]
    reason: str
    reservations: list[str]
    remark: str
    hidden: bool = False


@dataclass(frozen=True)
class MinutesTold:
    """Minutes in words: for the page and for the paper."""

    minutes: Minutes
    session: Session
    body: str
    starts_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    place: str
    quorum: int
    seats: list[str]
    act: str
    members: list[Seated]
    points: list[PointTold]
    adoptions: list[dict] = field(default_factory=list)
    remark: str = ""

    @property
    def present(self) -> list[Seated]:
        return [each for each in self.members if each.came]

    @property
    def excused(self) -> list[Seated]:
        return [each for each in self.members if each.excused]

    @property
    def absent(self) -> list[Seated]:
        return [each for each in self.members if not each.came and not each.excused]


def told(minutes: Minutes, at: datetime, hidden: Iterable[int] = ()) -> MinutesTold:
    """`minutes` in words: what was frozen, or, while they are a draft, what the rows say now."""
    session = minutes.session
    account = minutes.account or account_of(session)
    names = {each["mandate"]: each["name"] for each in account["members"]}
    seats = {each["mandate"]: each["seat"] for each in account["members"]}
    words = _Words(session, at)
    return MinutesTold(
        minutes=minutes,
        session=session,
        body=account["body"],
        starts_at=datetime.fromisoformat(account["starts_at"]),
        opened_at=_instant(account["opened_at"]),
        closed_at=_instant(account["closed_at"]),
        place=account["place"],
        quorum=account["quorum"],
        seats=[str(SEATS[seat]) for seat in account["seats"]],
        act=account["act"],
        members=[
            Seated(
                each["name"],
                _seat(each),
                each["chair"],
                [(_instant(since), _instant(until)) for since, until in each["came"]],
                each["answer"],
                each["remote"],
            )
            for each in account["members"]
        ],
        points=[
            _point(each, names, seats, words, minutes.remarks, each["item"] in set(hidden))
            for each in account["items"]
        ],
        adoptions=account["adoptions"],
        remark=minutes.remarks.get(domain.GENERAL, ""),
    )


class _Words:
    """What people wrote behind the items of a session, and the titles of the articles."""

    def __init__(self, session: Session, at: datetime):
        self.language = "en" if (get_language() or "fr").startswith("en") else "fr"
        decided = session.items.filter(decision__reason__isnull=False)
        self.reasons = {
            item.pk: item.decision.reason for item in decided.select_related("decision__reason")
        }
        self.grids = {
            (grid.item_id, grid.clause): grid.reasons
            for grid in Grid.objects.filter(item__session=session)
        }
        self.titles = {
            article.code: article.title[self.language]
            for code, version in versions_in_force(today(at)).items()
            for article in load_charter(code, version).articles
        }

    def outcome(self, each: dict) -> tuple[str, str]:
        """What came out of an item, and its kind."""
        if each["outcome"]:
            step = REQUEST.step("give_opinion").outcome("committee", each["outcome"])
            return step.label.say(self.language), OUTCOME_KINDS[each["outcome"]]
        if each["state"] == "committee":
            return _("Pas d'avis rendu : le point est reporté"), "wait"
        return REQUEST.state(each["state"]).label.say(self.language), "neutral"


def _point(each: dict, names: dict, seats: dict, words: _Words, remarks, hidden) -> PointTold:
    outcome, kind = words.outcome(each)
    reason = words.reasons.get(each["item"])
    counted = each.get("counted", ())
    tally = each.get("tally", {})
    return PointTold(
        pk=each["item"],
        number=each["number"],
        title=each["title"],
        rapporteur=each["rapporteur"],
        delegated=each["delegated"],
        outcome=outcome,
        kind=kind,
        at=_instant(each["decided_at"]),
        by=each["decided_by"],
        counted=[names[pk] for pk in counted],
        seats=[str(SEATS[seat]) for seat in SEATS if seat in {seats[pk] for pk in counted}],
        out=[(names[e["mandate"]], str(GROUNDS[e["ground"]])) for e in each.get("out", ())],
        voices=[]
        if hidden
        else [(names[v["mandate"]], str(CHOICES[v["choice"]])) for v in each.get("voices", ())],
        secret=each.get("secret", False),
        tally=[] if hidden else [(str(CHOICES[c]), tally[c]) for c in CHOICES if tally.get(c)],
        findings=[
            {
                "code": f["clause"],
                "title": words.titles.get(f["clause"], f["clause"]),
                "label": str(FINDINGS[f["finding"]]),
                "by": f["by"],
                "reasons": words.grids.get((each["item"], f["clause"]), ""),
            }
            for f in each["findings"]
        ],
        articles=[(code, words.titles.get(code, code)) for code in each["articles"]],
        reason=reason.text if reason else "",
        reservations=said_in(reason.details) if reason else [],
        remark=remarks.get(str(each["item"]), ""),
        hidden=hidden,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def minutes_waiting(desk: Desk) -> list[Session]:
    """The sessions whose minutes wait for a person of the CDC: to be written by whoever composes,
    to be approved by the chair. Each has its `minutes_state`; the oldest first. No query for those
    who keep nor chair any, one for the others."""
    keeps, chairs = (
        [place for role in roles_with(each) for place in desk.places(role)]
        for each in (Permission.COMPOSE_SESSIONS, Permission.CHAIR_SESSIONS)
    )
    if not keeps and not chairs:
        return []
    last = Minutes.objects.filter(session=OuterRef("pk")).order_by("-version")
    day = today(desk.at)
    chaired = Mandate.objects.filter(
        Q(until__isnull=True) | Q(until__gte=day),
        body=OuterRef("body"),
        person=desk.person,
        chair=True,
        since__lte=day,
    )
    found = Session.objects.filter(closed_at__isnull=False).select_related("body")
    found = found.annotate(
        minutes_state=last.values("state")[:1], submitted_by=last.values("submitted_by")[:1]
    )
    to_write = _at(keeps) & (Q(minutes_state__isnull=True) | Q(minutes_state="draft"))
    to_approve = _at(chairs) & Q(Exists(chaired), minutes_state="submitted")
    to_approve &= ~Q(submitted_by=desk.person.pk)
    return list(found.filter(to_write | to_approve).order_by("closed_at"))


def _at(places: list[str | None]) -> Q:
    """The sessions of the committees of these places; None is the whole network."""
    return Q() if None in places else Q(body__establishment__in=places)


def _seat(member: dict) -> str:
    """The seat of a member of the account, and whom they stand in for."""
    seat = str(SEATS.get(member["seat"], member["seat"])).lower()
    return seat_said(seat, member.get("stands_in_for"))
