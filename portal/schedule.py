"""What beat sends, and when. Static: a change of it is a release.

Nothing is scheduled by a countdown: due dates are rows, and these sweeps read them. A sweep that
is missed does its work at the next one.
"""

from celery.schedules import crontab

EVERY_MINUTE = ("governance.tasks.integrate_ledger",)

EVERY_NIGHT: tuple[str, ...] = ()
"""Run at 03:30, Paris time."""


def beat_schedule() -> dict[str, dict]:
    """The schedule in Celery's form. A task not taken within its period is dropped."""
    minute = {
        name: {"task": name, "schedule": crontab(), "options": {"expires": 55}}
        for name in EVERY_MINUTE
    }
    night = {
        name: {
            "task": name,
            "schedule": crontab(hour="3", minute="30"),
            "options": {"expires": 36000},
        }
        for name in EVERY_NIGHT
    }
    return {**minute, **night}
