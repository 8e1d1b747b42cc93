"""Starting a program that dies with us, as the right user."""

import os
import signal
import subprocess
import sys
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
NOBODY = 65534


def server_user() -> tuple[int, int] | None:
    """The (uid, gid) the embedded servers run under: nobody's when we are root, else ours."""
    return (NOBODY, NOBODY) if os.geteuid() == 0 else None


def _crossable(path: Path) -> bool:
    """Whether any user may reach `path`."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _capability(paths: tuple[Path, ...]) -> int:
    """The capability that lets another user reach `paths`; -1 when none is needed."""
    if all(_crossable(path) for path in paths):
        return -1
    status = Path("/proc/self/status").read_text()
    permitted = int(status.split("CapPrm:")[1].split()[0], 16)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if permitted >> capability & 1:
            return capability
    blocked = next(p for p in paths if not _crossable(p))
    raise PermissionError(
        f"PostgreSQL does not run as root, and no other user can reach {blocked}: "
        "move the checkout and GUICHET_DATA to a folder others may cross, or start as a plain user."
    )


def command(
    program: list[str | Path],
    *,
    death: signal.Signals = signal.SIGTERM,
    as_server: bool = False,
    reaching: tuple[Path, ...] = (),
) -> list[str]:
    """The command line that runs `program` so that it gets `death` when we die.

    With `as_server` it runs as `server_user()`, able to reach the folders `reaching`.
    """
    user = server_user() if as_server else None
    uid, gid = user or (-1, -1)
    capability = _capability(reaching) if user else -1
    head = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(death))]
    return [*head, str(uid), str(gid), str(capability), *map(str, program)]


def start(program: list[str | Path], *, log: Path, env=None, cwd=None, **how) -> subprocess.Popen:
    """Start `program` in a session of its own, its output added to the file `log`.

    A session of its own: Ctrl-C reaches us alone, and we stop our children in order.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            command(program, **how),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=env,
            cwd=cwd,
        )
