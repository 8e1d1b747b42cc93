"""Who holds a request on the CDC's side: by rule at the deposit, then by hand."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from governance.domain.audit import record
from governance.models import Case, RoleGrant
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


@transaction.atomic
def hand_over(request: Request, *, to, at: datetime, by=None) -> Handler:
    """Give the request to `to` from the aware instant `at` on; the former handler is let go.

    `by` is who decides it, audited as ``request.assigned``; None is the rule. The case is marked as
    followed, which it stays: a request goes from hand to hand.
    """
    Request.objects.select_for_update().get(pk=request.pk)
    current = Handler.objects.filter(request=request, until__isnull=True)
    held = current.filter(person=to).first()
    if held is not None:
        return held
    current.update(until=at)
    if by is not None:
        record(
            "request.assigned",
            by=by,
            at=at,
            subject_type="request",
            subject_ref=request.pk,
            establishment=request.case.lead,
            details={"to": str(to.ref)},
        )
    Case.objects.filter(pk=request.pk, followed=False).update(followed=True)
    return Handler.objects.create(request=request, person=to, since=at)
