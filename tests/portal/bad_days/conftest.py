"""A copy of the portal for bad days, with real servers, a real web server and a real worker."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from portal.servers.cluster import Cluster
from portal.servers.places import CHECKOUT
from tests.portal.copies import copied, environment, prepared_folder


@pytest.fixture(scope="module")
def prepared(migrated_template):
    with prepared_folder(migrated_template) as places:
        yield places


@pytest.fixture
def copy(prepared):
    """A started copy, nothing but its servers running."""
    with copied(prepared.data) as places, Cluster(places, external=False, fast=True) as cluster:
        yield cluster


@pytest.fixture
def worker(copy):
    """Starts a worker of the portal; gives what it is to be killed by."""
    started = []

    def start():
        program = [
            *(sys.executable, "-m", "celery", "-A", "portal.celery", "worker", "-Q", "portal"),
            *("--concurrency", "1", "--without-gossip", "--without-mingle"),
            *("-I", "tests.portal.bad_days.slow_work", "--loglevel", "WARNING"),
        ]
        process = subprocess.Popen(
            program,
            env=environment(copy),
            cwd=CHECKOUT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


def kill(process: subprocess.Popen) -> None:
    """Kill a program and its children at once, as a lack of memory does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def web(copy):
    """The address of a web server of the copy, one process, its connections kept."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "1", "--threads", "2", "--worker-class", "gthread"),
        ],
        env=environment(copy),
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    assert until(lambda: status(f"{address}/health/live") == 200)
    yield address
    kill(process)


def status(address: str) -> int:
    """The status of an answer; 0 when there is none."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as answer:
        return answer.code
    except OSError:
        return 0


def until(condition, seconds: float = 90) -> bool:
    """Wait for a condition; whether it came true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False
