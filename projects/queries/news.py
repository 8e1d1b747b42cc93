"""What moved on the requests a person of the CDC follows, since they last came: decisions, answers
to read, reminders that left by themselves, what others are waited for."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from catalog.models import Finding, Harvest
from catalog.queries.findings import to_deal_with
from catalog.queries.harvests import to_examine
from governance.models import Case, Participation
from governance.models.case import Track
from governance.models.deadline import Reminder
from governance.queries.written_once import AnyOf, written_once
from governance.roles import Permission, roles_with
from projects.models import Idea, Message
from projects.permissions import REVIEWING, SITE_ROLES
from projects.queries.desk import PERSON, PERSONAL, Desk
from projects.queries.work import WAITING_STATES

VISIT_SECONDS = 60 * 24 * 3600
VISIT_APART = timedelta(hours=4)
"""Pages opened within it are one visit."""
FIRST_VISIT = timedelta(days=7)
"""How far back one looks who never came, or whose last visit was forgotten."""
NAMED = ("request__case__number", "request__acronym", "request__title")
MOVED_READ = (
    *("process", "number", "request__acronym", "request__title"),
    *(f"last_decision__{name}" for name in ("step", "outcome", "at", "case")),
    *(f"last_decision__by__{name}" for name in PERSON),
    *(f"last_decision__track__{name}" for name in ("kind", "key", "establishment__short_name")),
)
"""What a line of news says; of a message, who wrote it and the request it is about."""

REMINDED = (
    *("sent_at", "deadline__due_at", "deadline__waits_for", "deadline__case__number"),
    *("deadline__case__request__acronym", "deadline__case__request__title"),
    *("deadline__track__case", "deadline__track__establishment__short_name"),
)
"""What a line about a reminder says."""


def last_visit(person, at: datetime) -> datetime:
    """When the person last came to *Mon travail*, this visit apart; notes that they are here."""
    key = f"work-visit:{person.pk}"
    before, here = cache.get(key) or (at - FIRST_VISIT, at - FIRST_VISIT)
    if at - here >= VISIT_APART:
        before = here
    cache.set(key, (before, at), VISIT_SECONDS)
    return before


def moved(desk: Desk, since: datetime, most: int) -> list[Case]:
    """Of the cases the person follows, those that somebody else moved since, the last one first.

    They follow those they hold, and, for who holds none by role, those that their roles read, of
    their establishments or of the network."""
    by_role = [(role, where) for role, where in desk.grants if role != PERSONAL]
    leads = {where for role, where in by_role if role in REVIEWING}
    sites = {where for role, where in by_role if role in SITE_ROLES and where}
    how = (None in leads, bool(leads), bool(sites))
    places = {"leads": list(leads - {None}), "sites": list(sites)}
    asked = {"person": desk.person.pk, "held": desk.held, "since": since}
    found = _moved.asked(*how, **asked, **places)[:most]
    for case in found:
        case.last_decision.case = case
    return found


@written_once
def _moved(
    everywhere: bool, leading: bool, asked: bool, *, person, held, leads, sites, since
) -> QuerySet[Case]:
    followed = Q(pk=AnyOf(held))
    if leading:
        followed |= Q(lead=AnyOf(leads))
    if asked:
        there = Track.objects.filter(kind="site", establishment=AnyOf(sites))
        followed |= Exists(there.filter(case=OuterRef("pk")))
    return (
        Case.objects.filter(Q() if everywhere else followed, last_decision__at__gt=since)
        .filter(process="request", number__isnull=False)
        .exclude(last_decision__by=person)
        .select_related("request", "last_decision__by", "last_decision__track__establishment")
        .only(*MOVED_READ)
        .order_by("-last_decision__at")
    )


@written_once
def to_read(*, person, held) -> QuerySet[Message]:
    """The last message of each request that `person` holds (`held`) or wrote in, when the team
    wrote it."""
    wrote = Message.objects.filter(author=person).values("request_id")
    last = Message.objects.filter(request=OuterRef("request"), internal=False).order_by(
        "-at", "-pk"
    )
    by_team = Participation.objects.filter(
        case=OuterRef("request"), person=OuterRef("author"), part__in=Participation.TEAM
    )
    return (
        Message.objects.filter(
            Q(request=AnyOf(held)) | Q(request__in=wrote),
            Exists(by_team),
            pk=Subquery(last.values("pk")[:1]),
        )
        .select_related("request__case", "author")
        .only(*("at", "text"), *NAMED, *(f"author__{name}" for name in PERSON))
        .order_by("at")
    )


@written_once
def reminders(*, held, since) -> QuerySet[Reminder]:
    """The reminders that left by themselves since, on the requests the person holds."""
    return (
        Reminder.objects.filter(sent_at__gt=since, deadline__case=AnyOf(held))
        .select_related("deadline__case__request", "deadline__track__establishment")
        .only(*REMINDED)
        .order_by("-sent_at")
    )


@written_once
def awaited(*, held, deciding) -> QuerySet:
    """The keys of the requests the person holds in which somebody else is waited for, the longest
    first: not those of `deciding`, in which they have something to decide."""
    return (
        Case.objects.filter(pk=AnyOf(held), state__in=WAITING_STATES)
        .exclude(pk=AnyOf(deciding))
        .order_by("state_since", "pk")
        .values_list("pk", flat=True)
    )


def ideas_to_answer(desk: Desk, places: set, most: int) -> list[Idea]:
    """The ideas sent to the person's establishments that nobody answered, the most urgent first."""
    if not places:
        return []
    asked = {"person": desk.person.pk, "places": list(places - {None})}
    return _ideas_to_answer.asked(None in places, **asked)[:most]


@written_once
def _ideas_to_answer(everywhere: bool, *, person, places) -> QuerySet[Idea]:
    waiting = Idea.objects.filter(state=Idea.State.SENT).exclude(person=person)
    if not everywhere:
        waiting = waiting.filter(establishment=AnyOf(places))
    told = ("title", "due_at", "establishment__short_name", *(f"person__{n}" for n in PERSON))
    read = waiting.select_related("establishment", "person").only(*told)
    return read.order_by("due_at")


def harvests_to_examine(desk: Desk) -> QuerySet[Harvest]:
    """What readings of other nodes' catalogues propose, for who accepts it for the network."""
    accepting = any(None in desk.places(role) for role in roles_with(Permission.READ_NEIGHBOURS))
    return to_examine() if accepting and not desk.site else Harvest.objects.none()


def findings_to_answer(desk: Desk) -> QuerySet[Finding]:
    """The anomalies in the data of the person's establishments that wait for an answer, or for a
    mending that was promised; the most urgent first."""
    answering = (desk.places(role) for role in roles_with(Permission.EDIT_CATALOGUE))
    places = {place for found in answering for place in found}
    waiting = to_deal_with(places, desk.at)
    return waiting.filter(dataset__establishment=desk.site) if desk.site else waiting
