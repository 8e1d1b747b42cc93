"""PostgreSQL and Redis together, as one thing that is started, used and stopped.

An address given in the environment wins over the embedded server: `DATABASE_URL` for PostgreSQL,
`REDIS_URL` for Redis, each on its own.
"""

import os
import shutil
import time
from pathlib import Path

import psycopg

from portal.servers.locks import FileLock, Held
from portal.servers.places import Places, temporary_places
from portal.servers.postgres import Postgres, verify
from portal.servers.redis import Redis

JOIN_LIMIT = 60  # seconds to wait for servers that another process is starting


class Cluster:
    """The servers of one data folder. One process at a time runs them, under the folder's lock.

    `joined` is true when another process runs them and this one only uses them.
    """

    def __init__(
        self,
        places: Places,
        *,
        external: bool = True,
        temporary: bool = False,
        fast: bool = False,
    ):
        """`temporary` folders go with `stop`; `fast` servers would not survive a power cut."""
        self.places = places
        self.temporary = temporary
        self.own_database = not (external and os.environ.get("DATABASE_URL"))
        self.own_redis = not (external and os.environ.get("REDIS_URL"))
        self.joined = False
        self.postgres = Postgres(places, fast=fast)
        self.redis = Redis(places)
        self._lock = FileLock(places.lock)
        self._users = FileLock(places.users_lock)

    def environment(self) -> dict[str, str]:
        """The variables a process needs to use these servers."""
        found = self.places.environment()
        if not self.own_database:
            found["DATABASE_URL"] = os.environ["DATABASE_URL"]
            found["DATABASE_OWNER_URL"] = os.environ.get(
                "DATABASE_OWNER_URL", os.environ["DATABASE_URL"]
            )
        if not self.own_redis:
            found["REDIS_URL"] = os.environ["REDIS_URL"]
        return found

    def start(self, *, join: bool = False) -> "Cluster":
        """Start the servers that are ours to run.

        With `join`, uses those that another process already runs; without, raises Held then.
        Raises PostgresProblem or RedisProblem.
        """
        self.places.create()
        try:
            self._lock.acquire()
        except Held:
            if not join:
                raise
            self._users.acquire(shared=True, wait=True)
            self.joined = True
            self._wait_for_other()
            return self
        try:
            if self.own_database:
                self.postgres.start()
            else:
                verify(self.environment()["DATABASE_OWNER_URL"])
            if self.own_redis:
                self.redis.start()
        except BaseException:
            self.stop()
            raise
        return self

    def _wait_for_other(self) -> None:
        """Wait until the servers that another process is starting answer."""
        deadline = time.monotonic() + JOIN_LIMIT
        while True:
            try:
                verify(self.environment()["DATABASE_OWNER_URL"])
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def stop(self, *, patient: bool = False) -> None:
        """Stop what we started. With `patient`, first waits for those who joined us to leave."""
        if self.joined:
            self._users.release()
            return
        if patient:
            self._users.acquire(wait=True).release()
        self.redis.stop()
        self.postgres.stop()
        if self.own_database or self.own_redis:
            shutil.rmtree(self.places.sockets, ignore_errors=True)
        self._lock.release()
        if self.temporary:
            shutil.rmtree(self.places.data, ignore_errors=True)

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(self, *_exc) -> None:
        self.stop()


def throwaway_cluster(*, fast: bool = True, under: Path | None = None) -> Cluster:
    """A cluster in a new temporary folder (`under` one that is given), gone with `stop`. Never
    anybody's data.

    Benchmarks ask for one that is not `fast`: it writes to disk as a real one does.
    """
    return Cluster(temporary_places(under), external=False, temporary=True, fast=fast)
