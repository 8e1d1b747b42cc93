"""Which periodic tasks are due, and when each last ran to its end."""

from datetime import datetime

from governance.models.outbox import Sweep
from governance.process.clocks import is_working_day
from portal.schedule import DAILY, last_due


def record_run(name: str, *, at: datetime) -> None:
    """Write that a periodic task ran to its end."""
    Sweep.objects.update_or_create(name=name, defaults={"last_run_at": at})


def due_now(at: datetime) -> list[str]:
    """The daily and monthly tasks that have not run since they were last due.

    A run recorded in the future (the clock jumped) counts for nothing.
    """
    runs = dict(Sweep.objects.filter(name__in=DAILY).values_list("name", "last_run_at"))
    found = []
    for name in DAILY:
        due, ran = last_due(name, at, is_working_day), runs.get(name)
        if due is not None and (ran is None or ran < due or ran > at):
            found.append(name)
    return found
