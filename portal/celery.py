"""The Celery application of the portal's workers.

Establishments run another one (`catalog.site`), which knows no Django; both meet in the broker
only, on the queues `site.<slug>`.
"""

import os

import structlog
from celery import Celery
from celery.signals import (
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
    task_success,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _configure_logging(**_kwargs) -> None:
    """Keep Django's logging: Celery sets up its own unless someone answers this signal."""
    from django.conf import settings
    from django.utils.log import configure_logging

    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


@before_task_publish.connect
def _carry_request_id(headers=None, **_kwargs) -> None:
    """Send the request's id with the task it causes."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    if headers is not None and found:
        headers["request_id"] = found


@task_prerun.connect
def _bind_request_id(task=None, task_id=None, **_kwargs) -> None:
    structlog.contextvars.clear_contextvars()
    found = getattr(task.request, "request_id", None) or (task.request.headers or {}).get(
        "request_id"
    )
    structlog.contextvars.bind_contextvars(
        task=task.name, task_id=task_id, **({"request_id": found} if found else {})
    )


@task_postrun.connect
def _unbind(**_kwargs) -> None:
    structlog.contextvars.clear_contextvars()


@task_success.connect
def _record_run(sender=None, **_kwargs) -> None:
    """Keep when each periodic task last ran to its end."""
    from django.utils import timezone

    from portal.schedule import EVERYTHING
    from portal.sweeps import record_run

    if sender.name in EVERYTHING:
        record_run(sender.name, at=timezone.now())
