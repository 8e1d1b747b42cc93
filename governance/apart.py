"""A program of ours that reads what strangers made, in a process of its own: whatever it is made to
do, it is ended beyond its time and its memory, and knows no secret of ours. Knows no Django."""

import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

MEMORY = 1024**3
"""Bytes of addresses of the process that reads."""
CODE = Path(__file__).parents[1]


def ask(module: str, *words: str, content: bytes, seconds: int) -> bytes | None:
    """What ``python -m module words… seconds`` answers on `content`; None when it failed, or asked
    for more than `seconds` on the wall. It calls `bound` first."""
    command = [sys.executable, "-m", module, *words, str(seconds)]
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
        return None
    return done.stdout if done.returncode == 0 else None


def bound(seconds: int) -> None:
    """Bound this process: its time of processor, its memory, and no file is written."""
    bounds = (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
    )
    for limit, most in bounds:
        with suppress(ValueError, OSError):  # a machine that does not bound it
            resource.setrlimit(limit, (most, most))
