"""Many lives told at once, in the order of time.

Each life runs in a thread of its own, and only one of them runs at a time: the one whose next step
is the earliest. So numbers, sessions and the ledger follow each other as they would have, though
every life is written from its beginning to its end.
"""

import threading
from collections.abc import Callable
from datetime import datetime

from django.db import connection


class Present(Exception):
    """The life has reached the present: what comes next has not happened yet."""


class Timeline:
    """Gives their turn to the lives; `present` is the aware instant at which all of them stop."""

    def __init__(self, present: datetime):
        self.present = present
        self._turn = threading.Condition()
        self._waiting: dict[int, datetime] = {}
        self._running: int | None = None
        self._failure: BaseException | None = None

    def wait_until(self, now: datetime) -> None:
        """Wait for one's turn to do something at `now`. Raises Present when that is to come."""
        me = threading.get_ident()
        with self._turn:
            self._waiting[me] = now
            self._pass_on(me)
            self._turn.wait_for(lambda: self._running == me or self._failure)
            if now > self.present or self._failure:
                raise Present

    def tell(self, lives: list[tuple[datetime, Callable[[], None]]]) -> None:
        """Run every life, from the instant at which it begins. Raises what one of them raised."""
        threads = [threading.Thread(target=self._live, args=pair, daemon=True) for pair in lives]
        with self._turn:
            for thread, (begins, _life) in zip(threads, lives, strict=True):
                thread.start()
                self._waiting[thread.ident] = begins
            self._running = self._earliest()
            self._turn.notify_all()
        for thread in threads:
            thread.join()
        if self._failure:
            raise self._failure

    def _live(self, begins: datetime, life: Callable[[], None]) -> None:
        try:
            self.wait_until(begins)
            life()
        except Present:
            pass
        # Whatever stopped this life is raised again where all of them were begun.
        except Exception as error:  # noqa: BLE001
            self._failure = self._failure or error
        finally:
            connection.close()
            with self._turn:
                self._waiting.pop(threading.get_ident(), None)
                self._pass_on(threading.get_ident())

    def _pass_on(self, me: int) -> None:
        """Give the turn to the earliest, when it is `me` who has it."""
        if self._running == me:
            self._running = self._earliest()
        self._turn.notify_all()

    def _earliest(self) -> int | None:
        return min(self._waiting, key=self._waiting.get, default=None)
