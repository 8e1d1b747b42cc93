"""What a working space must do, whoever makes it: the protocol between this program and the spaces
of a hospital (JupyterHub, Onyxia, virtual desktops…).

A provider is a class, named by its dotted path in ``spaces.provider``, made with the site's
settings. Each act is told the whole `Space`, may come twice, after a crash half-way too, and
returns once it is true or raises: this program says to the portal that it is done. An act that does
not return within ``spaces.timeout`` seconds is ended, with all that it started
(`catalog.site.spaces.apart`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol

from catalog.site.settings import SettingsError, SiteSettings

EMBEDDED = "catalog.site.spaces.embedded.Embedded"


@dataclass(frozen=True)
class Space:
    """The working space of one request at this site.

    `number` is the request's, `project` the UUID that stays the same for its life, `datasets` the
    folders of the study dataset, one a delivery, `until` the end of the period granted (aware;
    None before the access opens).
    """

    number: str
    project: str
    datasets: tuple[Path, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class Visit:
    """A member came in, at an instant (aware). Nothing of what they read."""

    member: str
    at: datetime


@dataclass(frozen=True)
class Destroyed:
    """What a destruction removed: ``{"file", "bytes", "sha256"}`` each, the hash that of the
    manifest or of the bytes, empty when unknown. `handed` is how many copies went out of the space
    to accounts that it does not hold."""

    files: tuple[dict, ...]
    handed: int = 0


class ProviderFailed(Exception):
    """An act that was not done. `reason` is ``space_provider``, or ``space_timeout`` when it was
    ended; `message` is for the site's own log."""

    def __init__(self, reason: str, message: str = ""):
        super().__init__(reason, message)
        self.reason = reason
        self.message = message


class Provider(Protocol):
    """The acts of a working space."""

    def open(self, space: Space) -> None:
        """Make the space if it is not there. Afterwards it holds exactly ``space.datasets``, for
        reading, and lets in nobody that `grant` did not let in. A space that was cut stays so: this
        comes again to change what it holds."""

    def grant(self, space: Space, member: str, until: datetime) -> None:
        """Let a member in until an instant, in the place of what was granted before. `member` is a
        reference of the portal's: the site knows which account it is."""

    def withdraw(self, space: Space, member: str) -> None:
        """The member is out, what they have open closed. Harmless for one who was never let in."""

    def cut(self, space: Space) -> None:
        """Nobody is in nor gets in, whatever was granted. Must not need room on a disk. Nothing is
        lost: `reopen` finds the space as it was."""

    def reopen(self, space: Space) -> None:
        """Those granted get in, until ``space.until`` at the latest."""

    def destroy(self, space: Space) -> Destroyed:
        """The space is cut and nothing of it is left: data, work, backups of its own. The study
        dataset, which it was given to read, is not its own. Asked again, the same answer."""

    def log(self, space: Space, since: datetime) -> Sequence[Visit]:
        """Who came in at `since` or after, in order."""


def load_class(path: str) -> type:
    """The provider at a dotted path. Raises SettingsError."""
    module, _dot, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(f"spaces.provider: {path} cannot be used: {error}") from error


def chosen(settings: SiteSettings) -> Provider:
    """The provider that the settings name; any other than the embedded one is run apart. Raises
    SettingsError."""
    from catalog.site.spaces.apart import Apart

    found = load_class(settings.space_provider or EMBEDDED)
    if found.__module__ + "." + found.__qualname__ == EMBEDDED:
        return found(settings)
    return Apart(settings)
