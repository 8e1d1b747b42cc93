"""``manage.py replay [--under VERSION]``: past decisions judged again from the facts then stored.

One JSON object: how many decisions, and what differs. Exit status 0, or 1 when a decision differs
under its own version. With ``--under`` (``2``, or ``utilisateur/2``) they are judged under another
one: what would have changed is shown, and is no error.
"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.process.replay import UnknownVersion, replay


class Command(BaseCommand):
    """Judges every past decision again."""

    help = "Judge past decisions again from stored facts; exit 1 if one differs."

    def add_arguments(self, parser) -> None:
        """The version to judge under."""
        parser.add_argument("--under", metavar="VERSION", default="")

    def handle(self, *, under: str, **options: Any) -> None:
        """Print what differs; leave with 1 when a decision is not what it was."""
        decisions, found = 0, []
        try:
            for _row, differences in replay(under):
                decisions += 1
                found += [difference.as_data() for difference in differences]
        except UnknownVersion as unknown:
            raise CommandError(f"No charter has a version {unknown}.") from unknown
        said = {"decisions": decisions, "under": under or None, "differences": found}
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))
        if found and not under:
            sys.exit(1)
