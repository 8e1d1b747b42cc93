"""A provider that hands each act to a command of the hospital's (``spaces.command``).

The command is given the act as its last word and, on standard input, one JSON object: ``space``
(``number``, ``project``, ``datasets``, ``until``), then ``member`` and ``until``, or ``since``. It
exits 0 once the act is done, anything else when it is not (its standard error goes to the site's
log). On ``destroy`` it writes ``{"files": [{"file", "bytes", "sha256"}], "handed": n}``, on ``log``
``{"visits": [{"member", "at"}]}``; of the others nothing is read. docs/operator/spaces.md has one.
"""

from collections.abc import Sequence
from datetime import datetime

from catalog.orders import instant
from catalog.site.settings import SettingsError, SiteSettings
from catalog.site.spaces.apart import read_destroyed, read_visits, run, told
from catalog.site.spaces.provider import Destroyed, Space, Visit


class Command:
    """The acts of a space, by a command. See `catalog.site.spaces.provider.Provider`."""

    def __init__(self, settings: SiteSettings):
        if not settings.space_command:
            raise SettingsError("spaces.command is empty.")
        self.settings = settings

    def open(self, space: Space) -> None:
        self._ask("open", space)

    def grant(self, space: Space, member: str, until: datetime) -> None:
        self._ask("grant", space, member=member, until=instant(until))

    def withdraw(self, space: Space, member: str) -> None:
        self._ask("withdraw", space, member=member)

    def cut(self, space: Space) -> None:
        self._ask("cut", space)

    def reopen(self, space: Space) -> None:
        self._ask("reopen", space)

    def destroy(self, space: Space) -> Destroyed:
        return read_destroyed(self._ask("destroy", space))

    def log(self, space: Space, since: datetime) -> Sequence[Visit]:
        return read_visits(self._ask("log", space, since=instant(since)).get("visits", []))

    def _ask(self, act: str, space: Space, **said) -> dict:
        command = [*self.settings.space_command, act]
        return run(command, {"space": told(space), **said}, where=self.settings.folder)
