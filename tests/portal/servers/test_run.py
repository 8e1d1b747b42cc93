"""What `run` refuses, and how it says it."""

import socket

import pytest

from portal.servers.run import CannotRun, check_port


def test_a_busy_port_is_explained_with_a_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=rf"Port {port} is used.*\n.*--port \d+") as refusal:
            check_port("127.0.0.1", port)
    suggested = int(str(refusal.value).rsplit(" ", 1)[1])
    check_port("127.0.0.1", suggested)
