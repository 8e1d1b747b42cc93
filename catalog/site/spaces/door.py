"""``python -m catalog.site.spaces.door NAME NUMBER``: the door of an embedded working space.

Says what the space of a request holds; ``--take FILE`` writes a file of it on standard output. Who
asks is the account that runs it: through ``sudo`` (docs/operator/spaces.md) the account that called
it, which ``spaces.accounts`` names a member of the team. Their right is read again at each piece
that is handed: what is cut stops at once. The site's own account hands to a member with
``--for REF``, and reads the log with ``--log``.

Exit code 0, 1 when refused, 2 when settings or the log cannot be used.
"""

import argparse
import os
import pwd
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from catalog.site.settings import PARIS, SettingsError, SiteSettings, load
from catalog.site.spaces import chain
from catalog.site.spaces.embedded import ENTERED, REFUSED, TAKEN, Place

PIECE = 1024 * 1024
"""Bytes handed between two looks at the right to have them."""

WHY = {
    "cut": "L'accès à cet espace est fermé : suspendu, terminé, ou pas encore ouvert.",
    "over": "La durée d'accès accordée est terminée.",
    "unknown": "Cet espace ne vous est pas ouvert. Parlez-en au porteur de la demande.",
    "lapsed": "Votre accès à cet espace a pris fin.",
    "account": "Ce compte n'est celui d'aucun membre. L'ingénieur de données du site l'inscrit.",
    "file": "Ce fichier n'est pas dans l'espace.",
}
"""What is said to who is refused."""


class Refused(Exception):
    """Who asks may not have it; `reason` is a key of WHY."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Caller:
    """Who asks: the `member` they are, empty when none; `own` when it is the site's own account."""

    account: str
    member: str
    own: bool


def caller(settings: SiteSettings, environment: Mapping[str, str] = os.environ) -> Caller:
    """Who runs this: the account that called ``sudo``, the one of this process otherwise.

    ``SUDO_UID`` is believed: ``sudo`` writes it itself, and who could write it without ``sudo`` is
    the site's own account, which holds the files anyway.
    """
    own = settings.folder.stat().st_uid
    said = environment.get("SUDO_UID", "")
    user = int(said) if said.isdecimal() else os.getuid()
    try:
        account = pwd.getpwuid(user).pw_name
    except KeyError:
        account = str(user)
    return Caller(account, settings.accounts.get(account, ""), own=user in (own, os.getuid()))


class Door:
    """The door of one space, before one member."""

    def __init__(self, place: Place, member: str, account: str, *, clock=lambda: datetime.now(UTC)):
        self.place, self.member, self.account, self.clock = place, member, account, clock

    def enter(self) -> list[Path]:
        """What the space holds. Raises Refused; either way the log says so."""
        self._let_in()
        self._note(ENTERED)
        return self.place.files()

    def take(self, name: str, out: BinaryIO) -> int:
        """Write a file on `out`, in pieces, while the member may have it; how many bytes.

        Raises Refused, in the middle of the file too. The log says it before the first byte.
        """
        self._let_in()
        if name not in {str(path) for path in self.place.files()}:
            raise self._refused("file", file=name[:200])
        given = 0
        with (self.place.data / name).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._note(TAKEN, file=name, bytes=size)
            while piece := file.read(PIECE):
                self._let_in(file=name, given=given)
                out.write(piece)
                given += len(piece)
        return given

    def _let_in(self, **said) -> None:
        why = self.place.why_not(self.member, self.clock()) if self.member else "account"
        if why:
            raise self._refused(why, **said)

    def _refused(self, why: str, **said) -> Refused:
        # A refusal needs no room on the disk to be one.
        with suppress(OSError):
            self._note(REFUSED, why=why, **said)
        return Refused(why)

    def _note(self, act: str, **said) -> None:
        if self.place.folder.exists():
            chain.add(
                self.place.log,
                self.clock(),
                act,
                member=self.member,
                account=self.account[:60],
                **said,
            )


def show_log(place: Place) -> int:
    """Print the log, one line an act; the first line that does not hold stops it."""
    try:
        lines = chain.read(place.log)
    except chain.Broken as broken:
        print(f"Le journal ne tient pas à partir de la ligne {broken.line}.", file=sys.stderr)
        return 2
    for line in lines:
        said = (str(line.get(name, "")) for name in ("at", "act", "member", "account", "file"))
        print("  ".join(said).rstrip())
    head = chain.head(place.log)
    print(f"{head.lines} lignes, chaîne intacte : {head.hash}")
    return 0


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m catalog.site.spaces.door", description=__doc__.split("\n\n")[1]
    )
    parser.add_argument("name", help="the establishment's name, as chu-rennes")
    parser.add_argument("number", help="the request's number, as 2026-0042")
    parser.add_argument("--take", metavar="FILE", help="write this file on standard output")
    parser.add_argument("--for", dest="member", metavar="REF", help="hand to this member")
    parser.add_argument("--log", action="store_true", help="print the log, checked")
    asked = parser.parse_args(words)
    try:
        settings = load(asked.name)
        who = caller(settings)
        place = Place(settings, _number(asked.number))
    except (SettingsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if (asked.member or asked.log) and not who.own:
        print("C'est au compte du site de le faire.", file=sys.stderr)
        return 1
    if asked.log:
        return show_log(place)
    door = Door(place, asked.member or who.member, who.account)
    try:
        if asked.take:
            door.take(asked.take, sys.stdout.buffer)
        else:
            for path in door.enter():
                print(path)
            _say_until_when(place, door.member)
    except Refused as refused:
        print(WHY[refused.reason], file=sys.stderr)
        return 1
    except OSError as error:
        # Without a line in the log nothing is handed.
        print(f"Rien n'est remis : {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


def _number(said: str) -> str:
    if not said.replace("-", "").isdecimal():
        raise SettingsError(f"{said!r} n'est pas le numéro d'une demande.")
    return said


def _say_until_when(place: Place, member: str) -> None:
    until = place.granted().get(member)
    if until is not None:
        said = until.astimezone(PARIS).strftime("%d/%m/%Y à %H h %M")
        print(f"Ouvert jusqu'au {said}.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
