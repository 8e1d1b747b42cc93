"""``manage.py process``: the table of the request's life, and the proofs over it.

One JSON object on standard output: ``states``, ``tracks``, ``steps`` and ``proofs``, each with its
``claim``, whether it ``holds`` and ``because`` of what. Exit status 0, or 1 when a proof fails.
Needs no database.

``--without NAME`` takes one guard away first: a proof fails and names it. ``--mutants`` takes each
away in turn and prints which claims fail; exit 1 when none does. What it prints is
``governance/process/proofs/recorded.json``, from which the public page speaks.
"""

import json
import sys
from difflib import get_close_matches
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.charters import load_charters, versions_in_force
from governance.process.described import describe, describe_proof
from governance.process.proofs import prove
from governance.process.proofs.mutants import mutants
from governance.process.proofs.recorded import found_now
from governance.process.table import REQUEST


class Command(BaseCommand):
    """Prints the table and proves every claim over it."""

    help = "Print the table of steps as JSON and prove every claim over it; exit 1 if one fails."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser) -> None:
        """The language of labels and sentences; what to take away."""
        parser.add_argument("--language", choices=("fr", "en"), default="fr")
        taken = parser.add_mutually_exclusive_group()
        taken.add_argument(
            "--without", metavar="NAME", help="prove it without one guard, as « P-05 at authorise »"
        )
        taken.add_argument(
            "--mutants", action="store_true", help="take each guard away in turn: what then fails"
        )

    def handle(self, *, language: str, without: str | None, **options: Any) -> None:
        """Print all of it; leave with 1 when a proof fails."""
        process, charters = REQUEST, load_charters(versions_in_force(timezone.localdate()))
        if options["mutants"]:
            self._mutants(process, charters)
            return
        if without:
            process, charters = _without(without, process, tuple(charters))
        proofs = prove(process, charters)
        said = describe(process, charters, language) | {
            "proofs": [describe_proof(proof, language) for proof in proofs]
        }
        self._print(said)
        if not all(proof.holds for proof in proofs):
            sys.exit(1)

    def _mutants(self, process, charters) -> None:
        found = found_now(process, charters)
        self._print(found)
        if not all(each["fails"] for each in found["removed"]):
            sys.exit(1)

    def _print(self, said: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))


def _without(name: str, process, charters: tuple) -> tuple:
    """The table and the charters without the guard called ``name``."""
    known = {mutant.removed.name: mutant for mutant in mutants(process, charters)}
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.3)
        raise CommandError(f"No guard is called “{name}”. Near it: {' · '.join(near)}")
    return known[name].process, known[name].charters
