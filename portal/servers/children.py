"""Keeps a set of programs running: starts them, starts again those that leave, stops them."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from portal.servers.process import start

LONGEST_WAIT = 60  # seconds between two attempts at most
STEADY = 60  # seconds after which a program that ran counts as well
LOG_LIMIT = 10_000_000  # bytes after which a log is set aside at the next start


def backoff(failures: int) -> float:
    """Seconds to wait before starting again a program that left `failures` times in a row."""
    return min(2.0 ** (failures - 1), LONGEST_WAIT)


@dataclass
class Child:
    """A program to keep running. `patience`: seconds it has to finish when asked to stop; `bare`:
    it is given its own `environment` and the path of programs, and nothing of the portal's."""

    name: str
    program: list[str | Path]
    patience: float = 10
    environment: dict[str, str] = field(default_factory=dict)
    bare: bool = False
    process: subprocess.Popen | None = None
    failures: int = 0
    started: float = 0
    again_at: float = 0


class Children:
    """The programs of one copy. `say` receives the messages meant for the person."""

    def __init__(
        self, logs: Path, environment: dict[str, str], cwd: Path, say: Callable[[str], None]
    ):
        self.logs, self.environment, self.cwd, self.say = logs, environment, cwd, say
        self.children: list[Child] = []

    def log(self, child: Child) -> Path:
        """Where `child` writes."""
        return self.logs / f"{child.name}.log"

    def add(self, child: Child) -> None:
        """Start `child` and keep it running."""
        log = self.log(child)
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        self.children.append(child)
        self._start(child)

    def _start(self, child: Child) -> None:
        around = {"PATH": self.environment.get("PATH", "")} if child.bare else self.environment
        child.process = start(
            child.program,
            log=self.log(child),
            env={**around, **child.environment},
            cwd=self.cwd,
        )
        child.started = time.monotonic()

    def tend(self) -> None:
        """Look once at every program; start again those that left and have waited enough."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.again_at:
                    self._start(child)
                continue
            code = child.process.poll()
            if code is None:
                continue
            child.failures = 1 if now - child.started > STEADY else child.failures + 1
            wait = backoff(child.failures)
            child.process, child.again_at = None, now + wait
            why = f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
            self.say(
                f"{child.name} left ({why}); starting it again in {wait:.0f} s. "
                f"Its log: {self.log(child)}"
            )

    def stop(self) -> None:
        """Ask all to finish, wait their patience, then end those that remain."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            child.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        for child in running:
            left = child.patience - (time.monotonic() - began)
            try:
                child.process.wait(max(left, 0.1))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self.children.clear()
