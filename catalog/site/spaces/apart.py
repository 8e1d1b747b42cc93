"""A provider in a process of its own: ended, with all that it started, beyond its time.

``python -m catalog.site.spaces.apart SITE FOLDER ACT`` makes the site's provider and does one act,
told in JSON on standard input; what it answers is one line of JSON on standard output. A process
that was ended does nothing more: a late act never comes after a later order.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import structlog

from catalog.orders import instant, read_instant
from catalog.site.settings import SettingsError, SiteSettings, load
from catalog.site.spaces.provider import (
    Destroyed,
    ProviderFailed,
    Space,
    Visit,
    load_class,
)

log = structlog.get_logger(__name__)

CODE = Path(__file__).parents[3]
LONGEST = 10_000_000
"""Characters of an answer that is read."""
FAREWELL = 5.0
"""Seconds a process that was ended has to be gone."""


class Apart:
    """The provider that the settings name, each act done by a process of its own."""

    def __init__(self, settings: SiteSettings):
        self.settings = settings

    def open(self, space: Space) -> None:
        self._do("open", space)

    def grant(self, space: Space, member: str, until: datetime) -> None:
        self._do("grant", space, member=member, until=instant(until))

    def withdraw(self, space: Space, member: str) -> None:
        self._do("withdraw", space, member=member)

    def cut(self, space: Space) -> None:
        self._do("cut", space)

    def reopen(self, space: Space) -> None:
        self._do("reopen", space)

    def destroy(self, space: Space) -> Destroyed:
        return read_destroyed(self._do("destroy", space))

    def log(self, space: Space, since: datetime) -> Sequence[Visit]:
        return read_visits(self._do("log", space, since=instant(since)))

    def _do(self, act: str, space: Space, **said):
        words = ["-m", "catalog.site.spaces.apart", self.settings.site, str(self.settings.folder)]
        asked = {"space": told(space), **said}
        answer = run(
            [sys.executable, *words, act], asked, seconds=self.settings.space_timeout, where=CODE
        )
        if "failed" in answer:
            raise ProviderFailed("space_provider", str(answer["failed"])[:400])
        return answer.get("answer")


def run(command: list[str], asked: dict, *, where: Path, seconds: float | None = None) -> dict:
    """What a command answers, in JSON, on what is `asked`. Beyond `seconds` it is ended with the
    group of processes that it leads; without, it is of its caller's group, and ends with it. Raises
    ProviderFailed."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=seconds is not None,
            cwd=where,
        )
    except OSError as error:
        raise ProviderFailed("space_provider", f"{command[0]}: {error}") from error
    try:
        said, wrong = process.communicate(json.dumps(asked).encode(), timeout=seconds)
    except subprocess.TimeoutExpired as error:
        _end(process)
        raise ProviderFailed("space_timeout", f"{command[0]}: {seconds:g} s") from error
    if process.returncode != 0:
        message = wrong.decode(errors="replace").strip()[-400:]
        raise ProviderFailed("space_provider", f"exit code {process.returncode}: {message}")
    try:
        answer = json.loads(said[:LONGEST] or b"{}")
    except ValueError as error:
        raise ProviderFailed("space_provider", "its answer is not JSON") from error
    if not isinstance(answer, dict):
        raise ProviderFailed("space_provider", "its answer is not an object")
    return answer


def _end(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(FAREWELL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        with suppress(OSError):
            pipe.close()


def told(space: Space) -> dict:
    """A space in JSON."""
    return {
        "number": space.number,
        "project": space.project,
        "datasets": [str(path) for path in space.datasets],
        "until": instant(space.until) if space.until else None,
    }


def read_space(said: dict) -> Space:
    return Space(
        said["number"],
        said["project"],
        tuple(Path(path) for path in said["datasets"]),
        read_instant(said["until"]) if said["until"] else None,
    )


def read_destroyed(said) -> Destroyed:
    """What a provider answers of a destruction. Raises ProviderFailed when it is not that."""
    try:
        files = tuple(
            {
                "file": str(each["file"])[:400],
                "bytes": int(each["bytes"]),
                "sha256": str(each.get("sha256", ""))[:64],
            }
            for each in said["files"]
        )
        return Destroyed(files, handed=int(said.get("handed", 0)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProviderFailed("space_provider", "what was destroyed is not said") from error


def read_visits(said) -> list[Visit]:
    """What a provider answers of who came. Raises ProviderFailed when it is not that."""
    try:
        return [Visit(str(each["member"]), read_instant(each["at"])) for each in said]
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderFailed("space_provider", "who came is not said") from error


def _act(provider, act: str, asked: dict):
    space = read_space(asked["space"])
    if act == "grant":
        return provider.grant(space, asked["member"], read_instant(asked["until"]))
    if act == "withdraw":
        return provider.withdraw(space, asked["member"])
    if act == "destroy":
        return asdict(provider.destroy(space))
    if act == "log":
        visits = provider.log(space, read_instant(asked["since"]))
        return [{"member": visit.member, "at": instant(visit.at)} for visit in visits]
    return getattr(provider, act)(space)


def main(words: list[str]) -> int:
    site, folder, act = words
    asked = json.load(sys.stdin)
    with redirect_stdout(sys.stderr):  # what a provider prints is no answer
        try:
            settings = load(site, folder=Path(folder), environment={})
            provider = load_class(settings.space_provider)(settings)
            answer = {"answer": _act(provider, act, asked)}
        except ProviderFailed as failed:
            answer = {"failed": failed.message or failed.reason}
        except SettingsError as error:
            answer = {"failed": str(error)}
        except Exception as error:  # noqa: BLE001
            # Whatever a hospital's provider raises, the order fails and says so.
            answer = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
