"""``manage.py process``: the table of the request's life, and the proofs over it.

One JSON object on standard output: ``states``, ``tracks``, ``steps`` and ``proofs``, each with its
``claim``, whether it ``holds`` and ``because`` of what. Exit status 0, or 1 when a proof fails.
Needs no database.
"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from governance.charters import load_charters, versions_in_force
from governance.process.described import describe, describe_proof
from governance.process.proofs import prove
from governance.process.table import REQUEST


class Command(BaseCommand):
    """Prints the table and proves every claim over it."""

    help = "Print the table of steps as JSON and prove every claim over it; exit 1 if one fails."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser) -> None:
        """The language of labels and sentences."""
        parser.add_argument("--language", choices=("fr", "en"), default="fr")

    def handle(self, *, language: str, **options: Any) -> None:
        """Print all of it; leave with 1 when a proof fails."""
        charters = load_charters(versions_in_force(timezone.localdate()))
        proofs = prove(REQUEST, charters)
        said = describe(REQUEST, charters, language) | {
            "proofs": [describe_proof(proof, language) for proof in proofs]
        }
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))
        if not all(proof.holds for proof in proofs):
            sys.exit(1)
