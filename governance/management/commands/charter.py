"""``manage.py charter check FILE | propose FILE --by EMAIL | export CHARTER VERSION``.

``check`` reads a proposed version, looks for its faults, proofs included, and prints them with
their lines: one JSON object, exit status 0 or 1. ``propose`` does the same and keeps the version,
to be studied and put before a session. ``export`` prints the TOML of a version, shipped, adopted
or, with ``--proposal NUMBER``, proposed.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.charters import CHARTERS, CharterError, load_charter, text_of, versions_in_force
from governance.charters.compare import differences, say_value
from governance.charters.faults import Fault
from governance.charters.loader import LARGEST, written_charter, written_version
from governance.domain import proposals
from governance.domain.proposals import FaultyText
from governance.models.charter_proposal import CharterProposal
from governance.models.establishment import Establishment
from governance.process import proposed


class Command(BaseCommand):
    """Checks, proposes and exports versions of the charters."""

    help = "Check a proposed version of a charter, propose it, or export one."

    def add_arguments(self, parser) -> None:
        """One verb, and what it is about."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, words in (
            ("check", "look for the faults of a file"),
            ("propose", "keep a file as a proposed version"),
        ):
            each = verbs.add_parser(verb, help=words)
            each.add_argument("file", type=Path)
            each.add_argument("--language", choices=("fr", "en"), default="fr")
            if verb == "propose":
                each.add_argument("--by", metavar="EMAIL", required=True)
                each.add_argument("--why", default="")
                each.add_argument("--at", metavar="SLUG", help="a local version, of whom")
        export = verbs.add_parser("export", help="print the TOML of a version")
        export.add_argument("charter", nargs="?", choices=CHARTERS)
        export.add_argument("version", nargs="?")
        export.add_argument("--proposal", type=int, metavar="NUMBER")

    def handle(self, *, verb: str, **options: Any) -> None:
        """Do what the verb says."""
        getattr(self, f"_{verb}")(options)

    def _check(self, options: dict[str, Any]) -> None:
        text, today = _read(options["file"]), timezone.localdate()
        try:
            code, version = written_charter(text), written_version(text)
        except CharterError as error:
            self._say(None, [error.fault], [], options["language"])
        in_force = versions_in_force(today)
        found = proposed.examine(text, charter=code, version=version, in_force=in_force)
        changes = []
        if found.charter is not None:
            changes = differences(load_charter(code, in_force[code]), found.charter)
        self._say(f"{code}/{version}", found.faults, changes, options["language"])

    def _propose(self, options: dict[str, Any]) -> None:
        text, now = _read(options["file"]), timezone.now()
        by = get_user_model().objects.filter(email=options["by"]).first()
        if by is None:
            raise CommandError(f"no such account: {options['by']}")
        place = None
        if options["at"]:
            place = Establishment.objects.filter(pk=options["at"]).first()
            if place is None:
                raise CommandError(f"no such establishment: {options['at']}")
        try:
            proposal = proposals.propose(
                charter=written_charter(text),
                text=text,
                why=options["why"],
                establishment=place,
                by=by,
                at=now,
            )
        except CharterError as error:
            self._say(None, [error.fault], [], options["language"])
        except FaultyText as faulty:
            self._say(None, faulty.faults, [], options["language"])
        except PermissionDenied:
            raise CommandError(f"{by.email} may not propose a version there") from None
        except ValidationError as refusal:
            raise CommandError("; ".join(refusal.messages)) from None
        proposal = proposals.examine(proposal, at=now)
        name = f"{proposal.charter}/{proposal.version}"
        self._say(
            name, proposals.faults_of(proposal), [], options["language"], proposal=proposal.pk
        )

    def _export(self, options: dict[str, Any]) -> None:
        if options["proposal"]:
            found = CharterProposal.objects.filter(pk=options["proposal"]).first()
            if found is None:
                raise CommandError(f"no such proposal: {options['proposal']}")
            text = found.text
        elif options["charter"] and options["version"]:
            try:
                text = text_of(options["charter"], options["version"])
            except CharterError as error:
                raise CommandError(error.message) from None
        else:
            raise CommandError("say which: CHARTER VERSION, or --proposal NUMBER")
        self.stdout.write(text, ending="")

    def _say(self, version, faults: list[Fault], changes, language: str, **more: Any) -> None:
        said = {
            "version": version,
            **more,
            "faults": [{"line": each.line, "message": each.say(language)} for each in faults],
            "changes": [
                {
                    "article": each.article,
                    "clause": each.clause,
                    "what": each.what,
                    "name": each.name,
                    "direction": each.direction,
                    "was": _plain(each.was),
                    "now": _plain(each.now),
                }
                for each in changes
            ],
        }
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))
        if faults:
            sys.exit(1)


def _read(path: Path) -> str:
    """The text of a file. One that is far too large is not read to its end."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1).decode("utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: not UTF-8") from None


def _plain(value: Any) -> Any:
    """What JSON can say of a value; a whole clause or article is named by what it changes."""
    value = say_value(value)
    return value if isinstance(value, str | int | bool | None) else str(value)[:200]
