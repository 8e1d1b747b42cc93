"""Who holds a role where a request is examined, and who stands in for them."""

from datetime import datetime

from governance.charters.facts import today
from governance.models import Participation
from governance.queries.people import has_role, people_with_role, stand_in_of
from projects.models import Request


def staff(role: str, place: str | None, request: Request, at: datetime) -> list:
    """Who holds `role` there and may act on the request, those who stand in for them included. A
    case officer's work is of who holds the request, where they may do it."""
    if role == "case_officer":
        held = request.handlers.filter(until__isnull=True).select_related("person").first()
        if held is not None and has_role(held.person, role, place, at):
            return with_stand_ins([held.person], at)
    barred = set(
        Participation.objects.filter(case_id=request.pk, part__in=Participation.TEAM).values_list(
            "person_id", flat=True
        )
    ) | set(request.case.conflicts.values_list("person_id", flat=True))
    people = [p for p in people_with_role(role, place, at) if p.pk not in barred]
    return with_stand_ins(people, at)


def with_stand_ins(people: list, at: datetime) -> list:
    stand_ins = (stand_in_of(person, today(at)) for person in people)
    return people + [each for each in stand_ins if each is not None and each not in people]
