"""What a decision tells: its team, who acts next, who judges an appeal, who holds the request."""

from datetime import datetime

from governance import outbox
from governance.models import Decision, Participation
from governance.models.case import Track
from governance.process.clocks import due, due_of
from governance.process.registry import registered
from governance.process.shape import HOLDER, NEGATIVE, NEUTRAL
from governance.process.standing import APPEALED, judges_of
from governance.process.table import APPEAL_DELAY, APPEALABLE
from projects.models import Request
from projects.notices.acts import (
    HOLDERS_ACT,
    STAFFS_ACT,
    TOLD_BESIDE,
    address_of,
    examined_at,
    page,
    request_of,
)
from projects.notices.amendments import asked_of
from projects.notices.people import staff, with_stand_ins
from projects.notices.ready import tell_who_may_go_on
from projects.notices.standing import waits
from projects.notices.told import Told, tell


@outbox.handler("decision")
def tell_of_decision(payload: dict) -> None:
    """Tell those whom a decision concerns, and have its document made."""
    decision = Decision.objects.select_related("case", "track", "by").get(pk=payload["decision"])
    request = request_of(decision.case)
    outbox.enqueue("document", {"decision": str(decision.pk)})
    told = [*_team(decision, request), *_next_staff(decision, request)]
    told += [*_appeal_judges(decision, request), *_handlers(decision, request)]
    tell(f"decision:{decision.pk}", told, at=decision.at, request=request, but=[decision.by])
    tell_who_may_go_on(request, at=decision.at, but=[decision.by])
    if decision.step == "submit":
        # Their own act, and the law wants its receipt in their hands (CRPA L.112-3).
        receipt = Told(decision.by, "holder", "receipt", page("receipt", request), decided=True)
        tell(f"receipt:{decision.pk}", [receipt], at=decision.at, request=request)


def _values(decision: Decision, **more) -> dict:
    track, of = decision.track, {}
    if track is not None and track.kind in ("site", "formality"):
        of = {track.kind: track.key}
    said = {"process": decision.case.process, "step": decision.step, "outcome": decision.outcome}
    return said | {"from": decision.from_state, "to": decision.to_state} | of | more


def _team(decision: Decision, request: Request) -> list[Told]:
    """The holder when the next actor changes, something is asked, or a hospital opens; the team,
    at its choice."""
    moved = decision.from_state != decision.to_state
    beside = decision.outcome in TOLD_BESIDE.get(decision.step, ())
    if not (moved or beside or decision.tone == NEGATIVE):
        return []
    parts = Participation.objects.filter(case_id=request.pk, part__in=Participation.TEAM)
    values, ends, found = _values(decision), _appeal_ends(decision), []
    appeal = {"appeal_until": ends.date().isoformat()} if ends else {}
    for part in parts.valid(decision.at).select_related("person"):
        holder = part.part == Participation.Part.HOLDER
        ask, address = _asked_of_holder(decision, request) if holder else ("", "")
        found.append(
            Told(
                part.person,
                "holder" if holder else "member",
                "decision",
                address or _read_at(decision, request),
                values | {"ask": ask} | (appeal if holder else {}),
                asked=bool(ask),
                decided=decision.tone != NEUTRAL,
                due_at=_holders_due(ask, decision, request) if holder else None,
            )
        )
    return found


def _read_at(decision: Decision, request: Request) -> str:
    """Where a decision is read by who has nothing to do after it."""
    if decision.case_id == request.pk:
        return page("request", request)
    return page("amendment", request, decision.case_id)


def _asked_of_holder(decision: Decision, request: Request) -> tuple[str, str]:
    if decision.case_id != request.pk:
        ask = "appeal" if decision.step in APPEALED else ""
        return ask, _read_at(decision, request)
    if decision.from_state == decision.to_state:
        if decision.step in ("decline", "agree_with_limits") and decision.track:
            if decision.step == "decline":
                address = page("step", request, "continue_without", decision.track_id)
                return "continue_without", address
            return "appeal", page("step", request, "appeal")
        if decision.step == "record_answer":
            return "file_again", page("step", request, "file_formality", decision.track_id)
        if decision.step == "open_access":
            return "use_data", page("data", request)
        return "", ""
    if (decision.step, decision.outcome) == ("give_opinion", "reserved"):
        return "answer_reservations", page("reservations", request)
    code, name, rest = HOLDERS_ACT.get(decision.to_state, ("", "", ()))
    return (code, page(name, request, *rest)) if code else ("", "")


def _holders_due(ask: str, decision: Decision, request: Request) -> datetime | None:
    """Until when the holder acts: the end of the delay of appeal, or of the clock that waits for
    them. What stays open as long as they like has no date."""
    if ask == "appeal":
        return _appeal_ends(decision)
    if ask == "answer_reservations":
        return due_of(request.case, decision.track)
    running = request.case.deadlines.running().filter(waits_for=HOLDER)
    found = running.filter(subject=f"state:{request.case.state}").first()
    return found.due_at if found and ask not in ("", "use_data") else None


def _appeal_ends(decision: Decision) -> datetime | None:
    """Until when a decision can be appealed; None for one that cannot."""
    appealed = decision.step in APPEALED and decision.tone == NEGATIVE
    return due(APPEAL_DELAY, decision.at) if appealed and decision.to_state in APPEALABLE else None


def _next_staff(decision: Decision, request: Request) -> list[Told]:
    """Those who act in the state the request comes to."""
    if decision.case_id != request.pk:
        case, stays = decision.case, decision.from_state == decision.to_state
        # What an establishment states before the examination is over makes nothing possible yet.
        return [] if stays and case.state != "examined" else asked_of(case, request, decision.at)
    if decision.from_state == decision.to_state:
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
            address_of(step, track, request) if step else examined_at(role, request),
            {"process": request.case.process, "step": step, "role": role}
            | site
            | waits(request.case, track),
            asked=True,
            due_at=due_of(request.case, track),
        )
        for person in staff(role, place, request, decision.at)
    ]


def _appeal_judges(decision: Decision, request: Request) -> list[Told]:
    """Those who may judge an appeal, wherever in the network they are."""
    if decision.step != "appeal" or decision.track is None:
        return []
    if decision.case_id == request.pk:
        address = page("step", request, "uphold", decision.track_id)
    else:
        address = page("amendment_decide", request, decision.case_id, "uphold")
    return [
        Told(
            person,
            "staff",
            "to_do",
            address,
            {"process": decision.case.process, "step": "uphold", "role": "delegate"}
            | waits(decision.case, decision.track),
            asked=True,
        )
        for person in judges_of(decision.case, decision.at)
    ]


def _handlers(decision: Decision, request: Request) -> list[Told]:
    """Whoever holds the request on the CDC's side knows all that is decided of it."""
    held = request.handlers.filter(until__isnull=True).select_related("person").first()
    if held is None:
        return []
    address, values = _read_at(decision, request), _values(decision, ask="")
    return [
        Told(person, "staff", "decision", address, values)
        for person in with_stand_ins([held.person], decision.at)
    ]
