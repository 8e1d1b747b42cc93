"""What runs by itself, and when. Static: a change of it is a release.

Beat sends the tasks of each minute, and nothing else. What runs once a day is sent by one of them,
`portal.tasks.run_due`, which compares the hour it is due with the last run recorded (`Sweep`): a
night that was missed is caught up at the first minute, and a clock that jumps repeats or delays a
run, never loses one. Nothing is scheduled by a countdown: due dates are rows, and these sweeps read
them. All are harmless twice.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from celery.schedules import crontab

EVERY_MINUTE = (
    "governance.tasks.integrate_ledger",
    "governance.tasks.sweep_outbox",
    "governance.tasks.sweep_proposals",
    "governance.tasks.remind_incidents",
    "catalog.tasks.sweep_orders",
    "catalog.tasks.sweep_objections",
    "portal.tasks.run_due",
)

AS_THE_DAY_BEGINS = (
    "governance.tasks.judge_night",
    "governance.tasks.watch_compliance",
    "projects.tasks.sweep_accesses",
    "projects.tasks.sweep_spaces",
    "projects.tasks.find_what_was_deferred",
)
"""Of each night, those that run at 00:00, Paris time: what ends with a day (a training, a signature
that still counted, an access, a delay, a secret) is over then, and not three hours later."""

EVERY_NIGHT: tuple[str, ...] = (
    *AS_THE_DAY_BEGINS,
    "governance.tasks.send_reminders",
    "governance.tasks.remind_signatures",
    "projects.tasks.erase_forgotten_drafts",
    "projects.tasks.warn_of_trainings",
    "governance.tasks.warn_of_warehouses",
    "projects.tasks.call_members",
    "projects.tasks.remind_of_outputs",
    "projects.tasks.erase_outputs",
    "governance.tasks.forget_outbox",
    "governance.tasks.remove_orphans",
    "catalog.tasks.remind_findings",
    "catalog.tasks.forget_reports",
    "portal.tasks.forget_sessions",
    "portal.api.tasks.forget_answers",
    "portal.notices.tasks.forget_notices",
)
"""Run at 03:30, Paris time, the first ones apart."""

EVERY_WEEK = ("catalog.tasks.harvest_catalogues", "catalog.tasks.check_warehouses")
"""Run at 03:30, Paris time, on Mondays."""

EVERY_WORKING_MORNING = ("portal.notices.tasks.send_digests",)
"""Run at 8:00, Paris time, on working days."""

EVERY_MONTH = ("portal.notices.tasks.send_monthly_lines",)
"""Run at 8:00, Paris time, on the first working day of the month."""

PARIS = ZoneInfo("Europe/Paris")
DAY_BEGINS, NIGHT, MORNING = time(0, 0), time(3, 30), time(8, 0)
LONGEST_GAP = 40
"""Days looked back for the last time something was due: more than a month and its holidays."""


def beat_schedule() -> dict[str, dict]:
    """The schedule in Celery's form. A task not taken within its minute is dropped."""
    return {
        name: {"task": name, "schedule": crontab(), "options": {"expires": 55}}
        for name in EVERY_MINUTE
    }


def last_due(name: str, at: datetime, is_working_day) -> datetime | None:
    """The last instant, at or before ``at``, when a daily, weekly or monthly task was due.

    ``is_working_day`` says it of a date. None for a task of each minute.
    """
    today = at.astimezone(PARIS).date()
    for days in range(LONGEST_GAP):
        day = today - timedelta(days=days)
        due = datetime.combine(day, _hour(name), PARIS)
        if due <= at and _is_day_of(name, day, is_working_day):
            return due
    return None


def _hour(name: str) -> time:
    if name in AS_THE_DAY_BEGINS:
        return DAY_BEGINS
    return NIGHT if name in EVERY_NIGHT + EVERY_WEEK else MORNING


def _is_day_of(name: str, day: date, is_working_day) -> bool:
    if name in EVERY_NIGHT:
        return True
    if name in EVERY_WEEK:
        return day.weekday() == 0
    if name in EVERY_WORKING_MORNING:
        return is_working_day(day)
    if name in EVERY_MONTH:
        earlier = (day.replace(day=number) for number in range(1, day.day))
        return is_working_day(day) and not any(is_working_day(each) for each in earlier)
    return False


DAILY = (*EVERY_NIGHT, *EVERY_WEEK, *EVERY_WORKING_MORNING, *EVERY_MONTH)
"""What `portal.tasks.run_due` sends."""
EVERYTHING = (*EVERY_MINUTE, *DAILY)
"""The tasks whose last run is recorded and watched."""
