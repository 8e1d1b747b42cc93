"""Whom each thing that happens concerns, and what is asked of them: handed on to be delivered.

A handler of the outbox reads what happened (a decision, a message, an idea, a reminder) and hands
the portal one `notice` a person: the cause, a sentence's key with its values (codes, never prose),
the address where it is acted upon. How and when it is sent is not decided here. Nobody is told of
their own acts, and a person is told once of one cause: what asks something of them comes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from governance import outbox
from governance.charters.facts import PARIS, today
from governance.models import Decision, Participation
from governance.models.case import Case, Track
from governance.models.deadline import Deadline, Reminder
from governance.process.registry import registered
from governance.process.shape import HOLDER, NEGATIVE, NEUTRAL
from governance.queries.people import people_with_role, stand_in_of
from governance.roles import Permission, roles_with
from projects.models import Idea, Message, Request
from projects.permissions import in_team
from projects.queries.overview import ref_of

HOLDERS_ACT = {
    "draft": ("finish_draft", "dossier", ()),
    "completion": ("answer_points", "dossier", ()),
    "access": ("use_data", "data", ()),
    "results": ("give_results", "results", ()),
    "refused": ("appeal", "step", ("appeal",)),
    "revoked": ("appeal", "step", ("appeal",)),
    "suspended": ("appeal", "step", ("appeal",)),
    "closed_in_default": ("give_results", "results", ()),
    "dropped": ("revive", "step", ("revive",)),
}
"""In each state where the holder acts: what is asked, and the page where it is done."""

STAFFS_ACT = {
    "admissibility": (("case_officer", "admit"),),
    "instruction": (
        ("methodologist", "state_feasibility"),
        ("regulatory_officer", "qualify"),
        ("dpo", ""),
    ),
    "committee": (("committee_secretary", ""), ("committee_chair", "")),
    "preparation": (
        ("delegate", "agree"),
        ("regulatory_officer", "file_formality"),
        ("case_officer", "sign_convention"),
    ),
    "authorised": (("data_engineer", "deliver"),),
    "suspended": (("delegate", "confirm_suspension"),),
}
"""Who is asked what when a request comes to a state; without a step, to look at the request."""


@dataclass(frozen=True)
class Told:
    """One thing told to one person. `quality` is holder, member, staff or other."""

    person: object
    quality: str
    key: str
    address: str
    values: dict = field(default_factory=dict)
    asked: bool = False
    decided: bool = False
    due_at: datetime | None = None


def tell(
    cause: str,
    told: Iterable[Told],
    *,
    at: datetime,
    request: Request | None = None,
    but: Iterable = (),
) -> None:
    """Hand on what is `told` of a cause, once a person, to nobody of `but`."""
    reached = {person.pk for person in but if person is not None}
    for each in sorted(told, key=lambda t: not t.asked):
        if each.person.pk in reached or not each.person.is_active:
            continue
        reached.add(each.person.pk)
        outbox.enqueue(
            "notice",
            {
                "person": each.person.pk,
                "cause": cause,
                "request": str(request.pk) if request else None,
                "quality": each.quality,
                "key": each.key,
                "values": each.values,
                "address": each.address,
                "asked": each.asked,
                "decided": each.decided,
                "due_at": each.due_at and each.due_at.isoformat(),
                "at": at.isoformat(),
            },
        )


def page(name: str, request: Request, *rest) -> str:
    """The address of a page of a request."""
    return reverse(f"projects:{name}", args=[ref_of(request), *rest])


def request_of(case: Case) -> Request:
    """The request that a case is of: its own, or the one that an amendment changes."""
    return Request.objects.select_related("case").get(pk=case.parent_id or case.pk)


# --- decisions --------------------------------------------------------------------------------


@outbox.handler("decision")
def tell_of_decision(payload: dict) -> None:
    """Tell those whom a decision concerns, and have its document made."""
    decision = Decision.objects.select_related("case", "track", "by").get(pk=payload["decision"])
    request = request_of(decision.case)
    outbox.enqueue("document", {"decision": str(decision.pk)})
    told = [*_team(decision, request), *_next_staff(decision, request)]
    told += [*_appeal_judges(decision, request), *_handlers(decision, request)]
    tell(f"decision:{decision.pk}", told, at=decision.at, request=request, but=[decision.by])


def _values(decision: Decision, **more) -> dict:
    site = {"site": decision.track.key} if decision.track and decision.track.kind == "site" else {}
    said = {"process": decision.case.process, "step": decision.step, "outcome": decision.outcome}
    return said | {"from": decision.from_state, "to": decision.to_state} | site | more


def _team(decision: Decision, request: Request) -> list[Told]:
    """The holder when the next actor changes or something is asked; the team, at its choice."""
    moved = decision.from_state != decision.to_state
    if not moved and decision.tone != NEGATIVE:
        return []
    parts = Participation.objects.filter(case_id=request.pk, part__in=Participation.TEAM)
    found = []
    for part in parts.valid(decision.at).select_related("person"):
        holder = part.part == Participation.Part.HOLDER
        ask, address = _asked_of_holder(decision, request) if holder else ("", "")
        found.append(
            Told(
                part.person,
                "holder" if holder else "member",
                "decision",
                address or page("request", request),
                _values(decision, ask=ask),
                asked=bool(ask),
                decided=decision.tone != NEUTRAL,
                due_at=_due(request.case) if ask else None,
            )
        )
    return found


def _asked_of_holder(decision: Decision, request: Request) -> tuple[str, str]:
    if decision.case_id != request.pk:
        return "", page("amendments", request)
    if decision.from_state == decision.to_state:
        if decision.step in ("decline", "agree_with_limits") and decision.track:
            if decision.step == "decline":
                address = page("step", request, "continue_without", decision.track_id)
                return "continue_without", address
            return "appeal", page("step", request, "appeal")
        return "", ""
    code, name, rest = HOLDERS_ACT.get(decision.to_state, ("", "", ()))
    return (code, page(name, request, *rest)) if code else ("", "")


def _next_staff(decision: Decision, request: Request) -> list[Told]:
    """Those who act in the state the request comes to."""
    if decision.from_state == decision.to_state or decision.case_id != request.pk:
        return []
    case, found = request.case, []
    for role, step in STAFFS_ACT.get(decision.to_state, ()):
        rule = registered(case.process).process.step(step) if step else None
        if rule is None or rule.track is None:
            found += _asked(role, case.lead_id, step, None, decision, request)
            continue
        for track in case.tracks.filter(kind=rule.track, status__in=rule.track_from):
            place = track.establishment_id or case.lead_id
            found += _asked(role, place, step, track, decision, request)
    return found


def _asked(
    role: str, place: str | None, step: str, track: Track | None, decision, request: Request
) -> list[Told]:
    site = {"site": track.key} if track is not None and track.kind == "site" else {}
    return [
        Told(
            person,
            "staff",
            "to_do" if step else "to_examine",
            _address(step, track, request) if step else _examined_at(role, request),
            {"process": request.case.process, "step": step, "role": role} | site,
            asked=True,
            due_at=_due(request.case, track),
        )
        for person in staff(role, place, request, decision.at)
    ]


def _address(step: str, track: Track | None, request: Request) -> str:
    rule = registered(request.case.process).process.step(step) if step else None
    if rule is None or (rule.track and track is None):
        return page("request", request)
    if step == "agree":
        return page("agreement", request, track.key)
    if step == "deliver":
        return reverse("projects:extractions")
    return page("step", request, step, *([track.pk] if track else []))


def _examined_at(role: str, request: Request) -> str:
    """Where the DPO gives an opinion, the secretary composes, the chair finds the item."""
    if role == "dpo":
        return page("record", request, "voie")
    item = request.case.items.filter(decision__isnull=True).order_by("-pk").first()
    if item is None:
        return reverse("projects:sessions")
    if role == "committee_secretary":
        return reverse("projects:session", args=[item.session_id])
    return reverse("projects:item", args=[item.session_id, item.pk])


def staff(role: str, place: str | None, request: Request, at: datetime) -> list:
    """Who holds `role` there and may act on the request, those who stand in for them included."""
    if role == "case_officer":
        held = request.handlers.filter(until__isnull=True).select_related("person").first()
        if held is not None:
            return _with_stand_ins([held.person], at)
    barred = set(
        Participation.objects.filter(case_id=request.pk, part__in=Participation.TEAM).values_list(
            "person_id", flat=True
        )
    ) | set(request.case.conflicts.values_list("person_id", flat=True))
    people = [p for p in people_with_role(role, place, at) if p.pk not in barred]
    return _with_stand_ins(people, at)


def _with_stand_ins(people: list, at: datetime) -> list:
    stand_ins = (stand_in_of(person, today(at)) for person in people)
    return people + [each for each in stand_ins if each is not None and each not in people]


def _appeal_judges(decision: Decision, request: Request) -> list[Told]:
    if decision.step != "appeal" or decision.track is None:
        return []
    judged = set(request.case.decisions.filter(tone=NEGATIVE).values_list("by_id", flat=True))
    return [
        Told(
            person,
            "staff",
            "to_do",
            page("step", request, "uphold", decision.track_id),
            {"process": request.case.process, "step": "uphold", "role": "delegate"},
            asked=True,
        )
        for person in staff("delegate", request.case.lead_id, request, decision.at)
        if person.pk not in judged
    ]


def _handlers(decision: Decision, request: Request) -> list[Told]:
    """Whoever holds the request on the CDC's side knows all that is decided of it."""
    held = request.handlers.filter(until__isnull=True).select_related("person").first()
    if held is None:
        return []
    address, values = page("request", request), _values(decision, ask="")
    return [
        Told(person, "staff", "decision", address, values)
        for person in _with_stand_ins([held.person], decision.at)
    ]


def _due(case: Case, track: Track | None = None) -> datetime | None:
    """Until when what is now asked is awaited."""
    subject = f"track:{track.kind}:{track.key}" if track else f"state:{case.state}"
    running = case.deadlines.running()
    found = running.filter(subject=subject).first()
    return found.due_at if found else None


# --- words between team and CDC ---------------------------------------------------------------


@outbox.handler("message")
def tell_of_message(payload: dict) -> None:
    """Tell the other side of a message: the handler, or the team."""
    message = Message.objects.select_related("author", "request__case").get(pk=payload["message"])
    request = message.request
    if message.internal:
        return
    key = "question" if message.question else "message"
    address = f"{page('exchanges', request)}#message-{message.pk}"
    if in_team(message.author, request, message.at):
        people = staff("case_officer", request.case.lead_id, request, message.at)
        told = [Told(p, "staff", key, address, asked=message.question) for p in people]
    else:
        parts = Participation.objects.filter(case_id=request.pk, part__in=Participation.TEAM)
        told = [
            Told(
                part.person,
                "holder" if part.part == Participation.Part.HOLDER else "member",
                key,
                address,
                asked=message.question and part.part == Participation.Part.HOLDER,
            )
            for part in parts.valid(message.at).select_related("person")
        ]
    tell(f"message:{message.pk}", told, at=message.at, request=request, but=[message.author])


# --- ideas ------------------------------------------------------------------------------------


@outbox.handler("idea_sent")
def tell_of_idea(payload: dict) -> None:
    """Tell those who answer ideas at the establishment."""
    idea = Idea.objects.select_related("person").get(pk=payload["idea"])
    people = people_with_role(
        roles_with(Permission.ANSWER_IDEAS), idea.establishment_id, idea.sent_at
    )
    address = reverse("projects:idea", args=[idea.pk])
    told = [
        Told(p, "staff", "idea_sent", address, {"idea": idea.pk}, asked=True, due_at=idea.due_at)
        for p in people
    ]
    tell(f"idea:{idea.pk}", told, at=idea.sent_at, but=[idea.person])


@outbox.handler("idea_answered")
def tell_of_answer(payload: dict) -> None:
    """Tell the person who had the idea."""
    idea = Idea.objects.select_related("person", "answered_by").get(pk=payload["idea"])
    address = reverse("projects:idea", args=[idea.pk])
    told = [Told(idea.person, "other", "idea_answered", address, {"idea": idea.pk}, asked=True)]
    tell(f"idea-answered:{idea.pk}", told, at=idea.answered_at, but=[idea.answered_by])


# --- delays -----------------------------------------------------------------------------------


@outbox.handler("reminder")
def tell_of_reminder(payload: dict) -> None:
    """Remind who is awaited; then who stands in, then the director's delegate."""
    reminder = Reminder.objects.select_related("deadline__case", "deadline__track").get(
        deadline=payload["deadline"], kind=payload["kind"]
    )
    deadline = reminder.deadline
    request, at = request_of(deadline.case), reminder.sent_at
    values = {"subject": deadline.subject, "kind": reminder.kind, "process": deadline.case.process}
    told = [
        Told(person, quality, "reminder", address, values, asked=True, due_at=deadline.due_at)
        for person, quality, address in _reminded(deadline, reminder.kind, request, at)
    ]
    tell(f"reminder:{deadline.pk}:{reminder.kind}", told, at=at, request=request)


@outbox.handler("training_lapses")
def tell_of_training(payload: dict) -> None:
    """Tell a member that their training lapses, and their access with it."""
    person = get_user_model().objects.get(pk=payload["person"])
    expires, notice = date.fromisoformat(payload["expires"]), payload["notice"]
    told = Told(
        person,
        "member",
        "training_lapses",
        reverse("commitments"),
        {"expires": payload["expires"]},
        asked=True,
        due_at=datetime.combine(expires, time(23, 59, 59), PARIS),
    )
    tell(f"training:{person.pk}:{expires}:{notice}", [told], at=timezone.now())


def _reminded(deadline: Deadline, kind: str, request: Request, at: datetime):
    case = request.case
    if deadline.waits_for == HOLDER:
        parts = case.participations.filter(part=Participation.Part.HOLDER).valid(at)
        _code, name, rest = HOLDERS_ACT.get(case.state, ("", "request", ()))
        for part in parts.select_related("person"):
            yield part.person, "holder", page(name, request, *rest)
        return
    track = deadline.track
    place = (track and track.establishment_id) or case.lead_id
    address = _address(_awaited_step(deadline, case), track, request)
    people = staff(deadline.waits_for, place, request, at)
    if kind == "late-director":
        people = staff("delegate", place, request, at)
    if kind.startswith("late-"):
        people = [*people, *people_with_role("network_coordinator", None, at)]
    for person in people:
        yield person, "staff", address


def _awaited_step(deadline: Deadline, case: Case) -> str:
    """The step that a staff's clock waits for; empty when it is none in particular."""
    if deadline.track is not None and deadline.track.kind == "formality":
        return "record_answer"
    return next((s for role, s in STAFFS_ACT.get(case.state, ()) if role == deadline.waits_for), "")


def due_on(person_roles: set[tuple[str, str | None]], day, deadlines: Iterable[Deadline]):
    """Those of `deadlines` (of that day) that wait for a role of `person_roles`."""
    for deadline in deadlines:
        place = (deadline.track and deadline.track.establishment_id) or deadline.case.lead_id
        if {(deadline.waits_for, place), (deadline.waits_for, None)} & person_roles:
            yield deadline


# --- what was written -------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """What a cause says in words: read where it stands, so that what is erased is not told."""

    text: str
    author: str = ""


def words_of(causes: Iterable[str]) -> dict[str, Words]:
    """The words behind each cause that has some. One query a kind of cause."""
    refs: dict[str, set[str]] = {}
    for cause in causes:
        kind, _, ref = cause.partition(":")
        refs.setdefault(kind, set()).add(ref)
    found = {}
    for message in Message.objects.filter(pk__in=refs.get("message", ())).select_related("author"):
        found[f"message:{message.pk}"] = Words(message.text, str(message.author))
    decisions = Decision.objects.filter(pk__in=refs.get("decision", ()))
    for decision in decisions.select_related("reason", "by").prefetch_related("points"):
        text = "\n\n".join(
            [decision.reason.text, *(f"– {point.text}" for point in decision.points.all())]
        ).strip()
        found[f"decision:{decision.pk}"] = Words(text, str(decision.by or ""))
    for idea in Idea.objects.filter(pk__in=refs.get("idea", ())).select_related("person"):
        found[f"idea:{idea.pk}"] = Words(f"{idea.title}\n\n{idea.question}", str(idea.person))
    answered = Idea.objects.filter(pk__in=refs.get("idea-answered", ()))
    for idea in answered.select_related("answered_by"):
        found[f"idea-answered:{idea.pk}"] = Words(idea.answer, str(idea.answered_by))
    return found
