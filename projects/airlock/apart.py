"""A file of results, examined in a process of its own: whatever it makes the reader do, it is ended
beyond its time and its memory, knows no secret of ours, and speaks to us in plain JSON.

``python -m projects.airlock.apart NAME KIND SECONDS`` reads the file on its standard input.
"""

import json
import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

SECONDS = 40
"""Of processor time, and of time on the wall, for one file."""
MEMORY = 1024**3
"""Bytes of addresses of the process that reads."""
CODE = Path(__file__).parents[2]


def examine_apart(name: str, content: bytes, kind: str, *, seconds: int = SECONDS) -> dict:
    """What `examining.examine` says of the file, in plain values; that it is unreadable when
    reading it asks for more than a file of results does."""
    command = [sys.executable, "-m", "projects.airlock.apart", name, kind, str(seconds)]
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=seconds,
            check=False,
            cwd=CODE,
            env={"PATH": os.environ.get("PATH", "")},
        )
    except subprocess.TimeoutExpired:
        return _unreadable()
    return json.loads(done.stdout) if done.returncode == 0 else _unreadable()


def _unreadable() -> dict:
    finding = {"rule": "unreadable", "places": [], "count": 1}
    return {"findings": [finding], "tables": [], "text": ""}


def main(name: str, kind: str, seconds: str) -> None:
    """Read standard input within limits; answer on standard output."""
    bounds = (
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
    )
    for limit, most in bounds:
        with suppress(ValueError, OSError):  # a machine that does not bound it
            resource.setrlimit(limit, (most, most))
    from projects.airlock.examining import examine

    json.dump(examine(name, sys.stdin.buffer.read(), kind).as_json(), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
