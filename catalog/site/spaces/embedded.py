"""The working space that stands here when the hospital has none: a folder a request, and a door.

``workspaces/<number>/`` belongs to this program's account and is closed to all others. It holds
``data/``, the study dataset (the very files, linked, or copied from another disk; for reading);
``members.json``, who was let in and until when; ``open``, whose presence opens the space and which
says until when; ``contents.json``, what was put in ``data/``; ``log.jsonl``, who came.

Members reach the files by ``catalog.site.spaces.door`` only, which reads ``open`` and
``members.json`` again at each piece it hands. Cutting removes ``open``: it needs no room on a disk.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from catalog.orders import canonical, instant, read_instant
from catalog.site.files import private_folder, sync, write
from catalog.site.settings import SiteSettings
from catalog.site.spaces import chain
from catalog.site.spaces.provider import Destroyed, Space, Visit

ENTERED, TAKEN, REFUSED = "entered", "taken", "refused"
"""The acts of the log: a member saw what the space holds, took a file, was refused."""
READ_ONLY = 0o400


class Place:
    """The folder of one space."""

    def __init__(self, settings: SiteSettings, number: str):
        self.folder = settings.workspaces / number
        self.data = self.folder / "data"
        self.opened = self.folder / "open"
        self.members = self.folder / "members.json"
        self.contents = self.folder / "contents.json"
        self.log = self.folder / "log.jsonl"

    def granted(self) -> dict[str, datetime]:
        """Who was let in, until when; nobody when that cannot be read."""
        return {member: read_instant(until) for member, until in _read(self.members, {}).items()}

    def why_not(self, member: str, at: datetime) -> str:
        """Why a member may not come in now: ``cut``, ``over``, ``unknown``, ``lapsed``; empty when
        they may."""
        try:
            until = self.opened.read_text().strip()
        except OSError:
            return "cut"
        if until and at >= read_instant(until):
            return "over"
        granted = self.granted().get(member)
        if granted is None:
            return "unknown"
        return "lapsed" if at >= granted else ""

    def files(self) -> list[Path]:
        """What the space holds, relative to ``data/``."""
        found = (path for path in self.data.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.data) for path in found)


class Embedded:
    """The embedded provider. See `catalog.site.spaces.provider.Provider`."""

    def __init__(self, settings: SiteSettings):
        self.settings = settings

    def place(self, space: Space) -> Place:
        return Place(self.settings, space.number)

    def open(self, space: Space) -> None:
        place = self.place(space)
        private_folder(self.settings.workspaces)
        private_folder(place.folder)
        private_folder(place.data)
        wanted = {dataset.name: dataset for dataset in space.datasets}
        for held in list(place.data.iterdir()):
            if held.name not in wanted:
                shutil.rmtree(held)
        for name, dataset in wanted.items():
            if not (place.data / name).exists():
                _bring(dataset, place.data / name)
        listed = [each for name in sorted(wanted) for each in _described(place.data, name)]
        if _read(place.contents, None) != listed:
            write(place.contents, canonical(listed))

    def grant(self, space: Space, member: str, until: datetime) -> None:
        self._let_in(space, lambda granted: granted | {member: instant(until)})

    def withdraw(self, space: Space, member: str) -> None:
        place = self.place(space)
        if not place.folder.exists():
            return
        try:
            self._let_in(space, lambda granted: {m: u for m, u in granted.items() if m != member})
        except OSError:
            # Who cannot be taken out of the list alone goes with all: closed, rather than open.
            self.cut(space)
            raise

    def _let_in(self, space: Space, change) -> None:
        place = self.place(space)
        before = _read(place.members, {})
        after = change(before)
        if after != before:
            write(place.members, canonical(after))

    def cut(self, space: Space) -> None:
        place = self.place(space)
        place.opened.unlink(missing_ok=True)
        if place.folder.exists():
            sync(place.folder)

    def reopen(self, space: Space) -> None:
        until = instant(space.until) if space.until else ""
        place = self.place(space)
        if not place.opened.exists() or place.opened.read_text() != until:
            write(place.opened, until.encode())

    def destroy(self, space: Space) -> Destroyed:
        self.cut(space)
        place = self.place(space)
        listed = _read(place.contents, [])
        known = {each["file"] for each in listed}
        others = [path for path in place.files() if str(path) not in known]
        if others:
            listed = [*listed, *(_counted(place.data, path) for path in others)]
            with suppress(OSError):  # no room: what is removed makes some
                write(place.contents, canonical(listed))
        if place.data.exists():
            shutil.rmtree(place.data)
        place.members.unlink(missing_ok=True)
        if place.folder.exists():
            sync(place.folder)
        return Destroyed(tuple(listed), handed=len([*self._lines(space, TAKEN)]))

    def log(self, space: Space, since: datetime) -> list[Visit]:
        return [
            Visit(line["member"], at)
            for line in self._lines(space, ENTERED, TAKEN)
            if (at := read_instant(line["at"])) >= since.astimezone(UTC).replace(microsecond=0)
        ]

    def head(self, space: Space) -> chain.Head:
        """How many lines the space's log has, and the hash of the last."""
        return chain.head(self.place(space).log)

    def _lines(self, space: Space, *acts: str) -> Iterator[dict]:
        # What a broken log still says is told: it is the door that says that it is broken.
        try:
            content = self.place(space).log.read_bytes()
        except FileNotFoundError:
            return
        for line in content.splitlines():
            with suppress(ValueError):
                said = json.loads(line)
                if said.get("act") in acts and said.get("member"):
                    yield said


def _bring(dataset: Path, place: Path) -> None:
    """Put a dataset in a space, whole or not at all: linked, or copied where no link can be."""
    partial = place.with_name(f".{place.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    private_folder(partial)
    for file in sorted(dataset.iterdir()):
        file.chmod(READ_ONLY)
        try:
            os.link(file, partial / file.name)
        except OSError:
            shutil.copyfile(file, partial / file.name)
            (partial / file.name).chmod(READ_ONLY)
    partial.replace(place)
    sync(place.parent)


def _described(data: Path, name: str) -> list[dict]:
    """The files of one delivery, with the hashes of its manifest."""
    manifest = _read(data / name / "manifest.json", {})
    hashes = {table["file"]: table["sha256"] for table in manifest.get("tables", [])}
    return [
        _counted(data, path.relative_to(data), hashes.get(path.name, ""))
        for path in sorted((data / name).iterdir())
    ]


def _counted(data: Path, path: Path, known: str = "") -> dict:
    place = data / path
    if not known:
        with place.open("rb") as content:
            known = hashlib.file_digest(content, "sha256").hexdigest()
    return {"file": str(path), "bytes": place.stat().st_size, "sha256": known}


def _read(path: Path, nothing):
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return nothing
