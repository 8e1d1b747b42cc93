"""An amendment tells, one by one, those who examine it, advise on it and decide it."""

from datetime import datetime

from governance import outbox
from governance.models.case import Case
from governance.process.amendments import AMENDMENT
from projects.models import Amendment, Request
from projects.notices.acts import AMENDMENT_ACT, page
from projects.notices.asked import asked_to_take
from projects.notices.people import staff
from projects.notices.standing import waits
from projects.notices.told import Told, tell

FEASIBILITY = AMENDMENT.step("state_feasibility")


@outbox.handler("amendment_proposed")
def tell_of_proposal(payload: dict) -> None:
    """Tell those who examine an amendment."""
    found = Amendment.objects.select_related("case", "request__case", "proposed_by").get(
        pk=payload["amendment"]
    )
    told = asked_of(found.case, found.request, found.proposed_at)
    told += called_in(found.case, found.request, found.proposed_at)
    cause = f"amendment:{found.pk}"
    tell(cause, told, at=found.proposed_at, request=found.request, but=[found.proposed_by])


def called_in(case: Case, request: Request, at: datetime) -> list[Told]:
    """The methodologists of an establishment that would join: its feasibility is awaited."""
    return [
        Told(
            person,
            "staff",
            "to_do",
            page("amendment", request, case.pk),
            {"process": case.process, "step": FEASIBILITY.code, "role": role, "site": track.key}
            | waits(case, track),
            asked=True,
        )
        for track in case.tracks.filter(kind=FEASIBILITY.track, status__in=FEASIBILITY.track_from)
        for role in FEASIBILITY.actors
        for person in staff(role, track.establishment_id, request, at)
    ]


def asked_of(case: Case, request: Request, at: datetime) -> list[Told]:
    """What the state of an amendment asks, of whom."""
    if case.state not in AMENDMENT_ACT:
        return []
    role, step = AMENDMENT_ACT[case.state]
    address = page("amendment", request, case.pk)
    return asked_to_take(AMENDMENT.step(step), [role], case, request, address, at=at)
