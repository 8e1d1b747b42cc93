"""What the state of a case asks, and of whom."""

from collections.abc import Iterable
from datetime import datetime

from governance.models.case import Case
from governance.process.clocks import due_of
from governance.process.shape import Step
from governance.process.standing import kept_apart
from projects.models import Request
from projects.notices.people import staff
from projects.notices.standing import waits
from projects.notices.told import Told


def asked_to_take(
    step: Step, roles: Iterable[str], case: Case, request: Request, address: str, *, at: datetime
) -> list[Told]:
    """Those of `roles` where the case leads, asked at `address` to take `step` until the end of its
    state's clock; those who took a step that must be another person's, or had
    part in it, are left out."""
    apart = {
        who
        for rows in kept_apart(step, case.process)
        for who in rows.filter(in_case=case.pk).values_list("who", flat=True)
    }
    due_at = due_of(case)
    return [
        Told(
            person,
            "staff",
            "to_do",
            address,
            {"process": case.process, "step": step.code, "role": role} | waits(case),
            asked=True,
            due_at=due_at,
        )
        for role in roles
        for person in staff(role, case.lead_id, request, at)
        if person.pk not in apart
    ]
