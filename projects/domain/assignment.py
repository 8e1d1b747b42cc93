"""Who holds a request on the CDC's side: by rule at the deposit, then by hand."""

from datetime import datetime

from django.db.models import Count, Q

from governance.models import RoleGrant
from projects.models import Handler, Request


def assign_by_rule(request: Request, *, at: datetime) -> Handler | None:
    """Give the request to the case officer of its lead establishment who holds the fewest.

    None when that establishment has none today: the request then waits in everybody's list.
    """
    grant = (
        RoleGrant.objects.valid(at)
        .filter(role="case_officer", establishment=request.case.lead)
        .annotate(held=Count("person__handled", filter=Q(person__handled__until__isnull=True)))
        .order_by("held", "pk")
        .first()
    )
    return hand_over(request, to=grant.person, at=at) if grant else None


def hand_over(request: Request, *, to, at: datetime) -> Handler:
    """Give the request to `to` from the aware instant `at` on; the former handler is let go."""
    Handler.objects.filter(request=request, until__isnull=True).update(until=at)
    return Handler.objects.create(request=request, person=to, since=at)
