"""What is told of a non-conformity: to who mends it, by when; to the holder and the member whom it
concerns; of an access closed, to the delegates who confirm it or lift it, then to those it concerns
what was decided; once mended, to the delegate who may resume what was suspended."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.urls import reverse

from governance import outbox
from governance.domain.nonconformities import TOLD
from governance.models import BlockJudgement, NonConformity, Participation
from governance.process.shape import HOLDER
from governance.roles import STAFF_ROLES
from projects.models import Request
from projects.notices.acts import page, request_of
from projects.notices.people import staff
from projects.notices.standing import waits
from projects.notices.told import Told, tell
from projects.queries.nonconformities import judged_at, mending_page

INSTANT = {
    "found": "found_at",
    "before": "warned_at",
    "bitten": "bitten_at",
    "mended": "mended_at",
}


@outbox.handler(TOLD)
def tell_of_nonconformity(payload: dict) -> None:
    """Tell what became of a non-conformity to those it concerns, once a person."""
    one = NonConformity.objects.select_related("case", "member").get(pk=payload["nonconformity"])
    event = payload["event"]
    if event == "found" and one.bitten_at == one.found_at:
        # It bites at once: that is told, and says as much.
        return
    request = request_of(one.case)
    at = getattr(one, INSTANT.get(event, "found_at"))
    cause = f"nonconformity:{one.pk}:{event}"
    if event == "judged":
        judgement = one.judgements.get(index=payload["index"])
        told = _judged(one, judgement, request)
        tell(f"{cause}-{judgement.index}", told, at=judgement.at, request=request)
        return
    if event == "passed":
        cause = f"{cause}:{one.owner_role}"
    tell(cause, _told(one, event, request, at), at=at, request=request)


def _told(one: NonConformity, event: str, request: Request, at: datetime) -> list[Told]:
    values = _values(one, event)
    if event == "mended":
        return [*_resuming(one, request, values, at), *_concerned(one, request, values, at)]
    told = list(_owners(one, request, values, at))
    # The suspension of the whole is a decision, told as such to the team.
    if event == "found" or (event == "bitten" and one.subject != NonConformity.Subject.REQUEST):
        told += _concerned(one, request, values, at)
    if event == "bitten" and one.subject != NonConformity.Subject.REQUEST:
        told += _delegates(one, request, values, at)
    return told


def _delegates(one: NonConformity, request: Request, values: dict, at: datetime) -> Iterable[Told]:
    """Who confirms the access closed, or lifts it: the delegates of the establishment, or of the
    lead one for a member."""
    clock, address = one.deadlines.latest("pk"), judged_at(one)
    said = values | {"judge": True, "until": clock.due_at.isoformat()}
    for person in staff("delegate", clock.place, request, at):
        yield Told(person, "staff", "nonconformity", address, said, asked=True, due_at=clock.due_at)


def _judged(one: NonConformity, judgement: BlockJudgement, request: Request) -> list[Told]:
    """What a delegate decided: to who mends it, the holder, the member; of an establishment, to who
    keeps its working spaces and to the whole team."""
    values, at = _values(one, "judged") | {"kind": judgement.kind}, judgement.at
    told = list(_concerned(one, request, values, at))
    owners = _owners(one, request, values, at)
    told += [replace(each, asked=False, decided=True) for each in owners]
    if one.establishment_id:
        for person in staff("data_engineer", one.establishment_id, request, at):
            told.append(Told(person, "staff", "nonconformity", _page(request), values))
        for person in _of_team(request, Participation.TEAM, at):
            told.append(
                Told(person, "member", "nonconformity", _page(request), values, decided=True)
            )
    return told


def _values(one: NonConformity, event: str) -> dict:
    return {
        "event": event,
        "subject": one.subject,
        "site": one.establishment_id,
        "verdict": one.verdict,
        "charters": one.case.charters,
        "bites_at": None if one.bitten_at else one.bites_at.isoformat(),
    }


def _owners(one: NonConformity, request: Request, values: dict, at: datetime) -> Iterable[Told]:
    """Who mends it, asked to."""
    address, quality, people = _page(request), "staff", ()
    if one.owner_role == "member":
        people, quality, address = [one.member], "member", reverse("commitments")
    elif one.owner_role in STAFF_ROLES:
        people = staff(one.owner_role, one.owner_at_id, request, at)
        address = mending_page(one) or address
    elif one.owner_role == "local_referent":
        people, quality = _of_team(request, [Participation.Part.REFERENT], at), "member"
    else:
        people, quality = _of_team(request, [Participation.Part.HOLDER], at), HOLDER
    due_at = None if one.bitten_at else one.bites_at
    for person in people:
        yield Told(person, quality, "nonconformity", address, values, asked=True, due_at=due_at)


def _concerned(one: NonConformity, request: Request, values: dict, at: datetime) -> Iterable[Told]:
    """The holder, and the member of whom it speaks."""
    for person in _of_team(request, [Participation.Part.HOLDER], at):
        yield Told(person, HOLDER, "nonconformity", _page(request), values, decided=True)
    if one.member is not None:
        yield Told(one.member, "other", "nonconformity", _page(request), values, decided=True)


def _resuming(one: NonConformity, request: Request, values: dict, at: datetime) -> Iterable[Told]:
    """The delegates of the lead establishment, when nothing of the whole is left to mend."""
    whole = request.case.nonconformities.open().filter(subject=one.subject)
    blocked = one.bitten_by_id is not None and request.case.state == "suspended"
    if not blocked or whole.exists():
        return
    address = page("step", request, "resume")
    said = values | waits(request.case) | {"resume": True}
    for person in staff("delegate", request.case.lead_id, request, at):
        yield Told(person, "staff", "nonconformity", address, said, asked=True)


def _of_team(request: Request, parts: Iterable[str], at: datetime) -> list:
    rows = request.case.participations.filter(part__in=parts).valid(at).select_related("person")
    return [row.person for row in rows]


def _page(request: Request) -> str:
    return f"{page('request', request)}#conformite"
