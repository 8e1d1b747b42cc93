"""The Celery application of one site: its queue, its control queue, nothing else.

It shares a broker with the portal and with other sites, and no key of it: the names of its queues
and of its own bookkeeping begin by ``site.<slug>``, so that one Redis user a site may be confined
to them (docs/operator/site.md). Remote control, events, gossip and mingle are off.
"""

from collections.abc import Iterator
from queue import Empty
from typing import Any

import structlog
from celery import Celery
from kombu import Exchange, Queue
from kombu.exceptions import KombuError

from catalog.orders import TASK, queue_of
from catalog.site.program import Program
from catalog.site.settings import SiteSettings

log = structlog.get_logger(__name__)

VISIBILITY = 6 * 3600
"""Seconds after which the broker gives an order back when a worker died with it. The portal's own
sweep sends it again much sooner."""


def queues_of(site: str) -> list[Queue]:
    """The two queues of `site`."""
    names = [queue_of(site, "extract"), queue_of(site, "cancel")]
    return [Queue(name, Exchange(name), routing_key=name) for name in names]


def application(settings: SiteSettings) -> Celery:
    """The Celery application that reads the queues of one site.

    It takes no part in Django, whatever `DJANGO_SETTINGS_MODULE` is around.
    """
    own = f"site.{settings.site}."
    app = Celery(
        f"site.{settings.site}", broker=settings.broker_url, set_as_current=False, fixups=()
    )
    app.conf.update(
        broker_transport_options={
            "global_keyprefix": settings.broker_prefix,
            "visibility_timeout": VISIBILITY,
            "priority_steps": [0],
            "unacked_key": f"{own}unacked",
            "unacked_index_key": f"{own}unacked_index",
            "unacked_mutex_key": f"{own}unacked_mutex",
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_queues=queues_of(settings.site),
        task_default_queue=queue_of(settings.site, "extract"),
        task_acks_late=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        accept_content=["json"],
        task_serializer="json",
        timezone="UTC",
    )
    return app


def serve(app: Celery, program: Program) -> None:
    """Have `program` receive what comes on the queues of `app`."""

    @app.task(name=TASK)
    def order(envelope: Any) -> None:
        program.receive(envelope)


class ControlQueue:
    """The envelopes on the control queue, read while the worker is busy with an order."""

    def __init__(self, app: Celery, settings: SiteSettings):
        self.app = app
        self.name = queue_of(settings.site, "cancel")
        self._connection = None

    def __call__(self) -> Iterator[Any]:
        try:
            if self._connection is None:
                self._connection = self.app.connection_for_read()
            yield from self._waiting()
        except (KombuError, OSError, *self.app.connection_for_read().connection_errors) as error:
            log.warning("control_queue_silent", why=str(error)[:200])
            self._close()

    def _waiting(self) -> Iterator[Any]:
        while True:
            try:
                message = self._connection.default_channel.basic_get(self.name, no_ack=True)
            except Empty:
                return
            if message is None:
                return
            arguments = message.decode()[0]
            if len(arguments) == 1:
                yield arguments[0]

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.release()
            self._connection = None
