"""Programs that are kept running."""

import os
import signal
import sys
import time

import pytest

from portal.servers.children import LONGEST_WAIT, Child, Children, backoff

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(600)",
]


@pytest.fixture
def said():
    return []


@pytest.fixture
def children(tmp_path, said):
    found = Children(tmp_path, dict(os.environ), tmp_path, said.append)
    yield found
    found.stop()


def _until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_a_killed_program_is_started_again_and_said(children, said):
    child = Child("sleeper", SLEEP)
    children.add(child)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    assert _until(lambda: children.tend() or (child.process and child.process.pid != first))
    assert "sleeper left (signal SIGKILL); starting it again in 1 s" in said[0]


def test_a_program_that_cannot_start_is_tried_less_and_less(children, said):
    child = Child("broken", [sys.executable, "-c", "raise SystemExit(3)"])
    children.add(child)
    assert _until(lambda: children.tend() or child.failures == 2)
    assert "code 3" in said[0]
    assert "in 1 s" in said[0]
    assert "in 2 s" in said[1]


def test_the_wait_doubles_and_is_bounded():
    assert [backoff(n) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert backoff(50) == LONGEST_WAIT


def test_a_program_deaf_to_the_request_is_ended_after_its_patience(children, tmp_path):
    child = Child("deaf", DEAF, patience=0.3)
    children.add(child)
    assert _until(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
    process = child.process
    children.stop()
    assert process.returncode == -signal.SIGKILL


def test_what_a_program_prints_is_in_its_log(children, tmp_path):
    children.add(Child("speaker", [sys.executable, "-c", "print('bonjour')"]))
    assert _until(lambda: "bonjour" in (tmp_path / "speaker.log").read_text())
