"""A step that became possible tells those who may take it: the last thing missing came."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import F

from governance import outbox
from governance.models.case import Case
from governance.process.outlook import Outlook
from governance.process.table import REQUEST
from projects.models import Request
from projects.notices.acts import page, request_of
from projects.notices.asked import asked_to_take
from projects.notices.told import tell

LEADS_ON = {"instruction": "to_committee", "preparation": "authorise"}
"""Where tracks run side by side, the step that leads on once the last of them is over."""


@outbox.handler("recorded")
def tell_of_record(payload: dict) -> None:
    """What was written down, or a piece that was given, may be the last thing that was missing."""
    case = Case.objects.get(pk=payload["case"])
    by = get_user_model().objects.filter(pk=payload["by"]).first()
    tell_who_may_go_on(request_of(case), at=datetime.fromisoformat(payload["at"]), but=[by])


def tell_who_may_go_on(request: Request, *, at: datetime, but: Iterable = ()) -> None:
    """Tell those who may take the step that leads on that nothing stands in its way any more: once
    a person, however often it is asked while the request stays in its state."""
    case = request.case
    step = LEADS_ON.get(case.state)
    if case.process != REQUEST.code or step is None or Outlook(case, at).obstacles(step):
        return
    rule, address = REQUEST.step(step), page("step", request, step)
    told = asked_to_take(rule, rule.actors, case, request, address, at=at)
    moved = case.decisions.exclude(from_state=F("to_state")).order_by("-index")
    came = moved.values_list("index", flat=True).first()
    tell(f"ready:{case.pk}:{came}", told, at=at, request=request, but=but)
