"""A web server in this process, over the database of the test."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread


@contextmanager
def live_server(handler=StaticFilesHandler) -> Iterator[str]:
    """The address of a server, stopped afterwards. Transactions must commit: ask for
    `committed_db`."""
    server = LiveServerThread("localhost", handler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.terminate()
        connections.close_all()
