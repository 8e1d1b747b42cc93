"""What leaves the working spaces: checkers are asked, once it was examined; what they answer is
told to who deposited it."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from governance import outbox
from governance.queries.people import people_with_role
from governance.roles import Permission, roles_with
from projects.domain.outputs import (
    CHECKED,
    ENDS,
    EXAMINED,
    FALLEN,
    LATE,
    STOPPED,
    kept_until,
    may_check,
)
from projects.models import Output, OutputCheck
from projects.notices.acts import page
from projects.notices.people import with_stand_ins
from projects.notices.told import Told, tell


@outbox.handler(EXAMINED)
def tell_to_check(payload: dict) -> None:
    """Ask the checkers of the establishments whose data they are."""
    output = _output(payload["output"])
    told = _asked(output, "output_to_check", output.examined_at)
    tell(f"output:{output.pk}", told, at=output.examined_at, request=output.request)


@outbox.handler(LATE)
def tell_it_is_late(payload: dict) -> None:
    """Remind them, once the delay is over."""
    output = _output(payload["output"])
    if output.waits:
        told = _asked(output, "output_late", output.reminded_at)
        tell(f"output-late:{output.pk}", told, at=output.reminded_at, request=output.request)


@outbox.handler(CHECKED)
def tell_of_check(payload: dict) -> None:
    """Tell who deposited it; ask a second checker when one is needed."""
    check = OutputCheck.objects.select_related("by").get(pk=payload["check"])
    output = _output(check.output_id)
    if check.rank == 1 and check.verdict == OutputCheck.Verdict.ACCEPTED and output.needs_two:
        told = _asked(output, "output_second", check.at)
        tell(f"output-second:{output.pk}", told, at=check.at, request=output.request)
        return
    asks = check.verdict == OutputCheck.Verdict.ASKED
    told = _depositor(output, "output_checked", asked=asks, verdict=check.verdict)
    cause = f"output-checked:{check.pk}"
    tell(cause, told, at=check.at, request=output.request, but=[check.by])


@outbox.handler(STOPPED)
def tell_it_is_stopped(payload: dict) -> None:
    """Tell who deposited it that an automatic check stopped it."""
    output = _output(payload["output"])
    told = _depositor(output, "output_stopped")
    tell(f"output-stopped:{output.pk}", told, at=output.ended_at, request=output.request)


@outbox.handler(FALLEN)
def tell_it_fell(payload: dict) -> None:
    """Tell who deposited it that it fell with the access."""
    output = _output(payload["output"])
    told = _depositor(output, "output_fallen")
    tell(f"output-fallen:{output.pk}", told, at=timezone.now(), request=output.request)


@outbox.handler(ENDS)
def tell_it_ends(payload: dict) -> None:
    """Tell who deposited it until when the portal keeps it."""
    output = _output(payload["output"])
    last = kept_until(output.request)
    if last is not None:
        told = _depositor(output, "output_ends", until=last.isoformat())
        tell(f"output-ends:{output.pk}", told, at=timezone.now(), request=output.request)


def _output(pk: int) -> Output:
    found = Output.objects.select_related("request__case", "deposited_by")
    return found.prefetch_related("sites").get(pk=pk)


def _asked(output: Output, key: str, at: datetime) -> Iterable[Told]:
    """Who may check it now, and who stands in for them."""
    roles, people = roles_with(Permission.CHECK_OUTPUTS), {}
    for site in output.sites.all():
        for person in with_stand_ins(list(people_with_role(roles, site.establishment_id, at)), at):
            people[person.pk] = person
    address = page("output", output.request, output.number)
    return [
        Told(person, "staff", key, address, _values(output), asked=True, due_at=output.due_at)
        for person in people.values()
        if may_check(output, person, at)
    ]


def _depositor(output: Output, key: str, *, asked: bool = False, **values) -> list[Told]:
    address = page("output", output.request, output.number)
    said = _values(output) | values
    return [Told(output.deposited_by, "other", key, address, said, asked=asked, decided=True)]


def _values(output: Output) -> dict:
    return {"output": output.pk, "n": output.number}
