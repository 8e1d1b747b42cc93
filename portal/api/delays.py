"""Asking for more time: the delay of a return, once."""

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import Field

from governance.process.refusals import WrongState
from portal.api.bearer import WRITE
from portal.api.errors import Problem
from portal.api.idempotency import Key, once
from portal.api.instants import Instant
from portal.api.schema import problems
from projects.domain.delays import extend_completion
from projects.views.frame import visible_request

router = Router(tags=["requests"])


class Extension(Schema):
    until: Instant = Field(description="the day by which the holder answers")


@router.post(
    "/{id}/extension",
    auth=WRITE,
    response={201: Extension},
    summary=_("Prolonger, une fois, le délai pour répondre à un retour"),
    openapi_extra=problems("conflict"),
)
def extend(request, id: str, key: Key = None):
    """For the holder. A second time, 409."""
    demand = visible_request(request, id)
    if not demand.reader.holder:
        raise Problem("forbidden")

    def act() -> dict:
        try:
            deadline = extend_completion(demand, by=request.user, at=timezone.now())
        except WrongState:
            message = gettext("Ce délai ne se prolonge pas, ou il l'a déjà été.")
            raise Problem("conflict", message) from None
        return {"until": deadline.due_at}

    return once(request, key, None, act, Extension)
