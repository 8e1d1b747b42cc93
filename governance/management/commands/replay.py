"""``manage.py replay [--under VERSION]``: past decisions judged again from the facts then stored.

One JSON object: how many ``decisions``, what differs under their own version (``differences``) and,
under those in force today, how many would differ and by which article (``today``). Exit status 0,
or 1 when a decision differs under its own version. With ``--under`` (``2``, or ``utilisateur/2``)
they are judged under another one: what would have changed is shown, and is no error.
"""

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.models.decision import Decision
from governance.process.replay import Report, UnknownVersion, report

WORTH_A_PROCESS = 5_000
"""Decisions under which another process would cost more than it spares."""


class Command(BaseCommand):
    """Judges every past decision again."""

    help = "Judge past decisions again from stored facts; exit 1 if one differs."

    def add_arguments(self, parser) -> None:
        """The version to judge under, and by how many processes."""
        parser.add_argument("--under", metavar="VERSION", default="")
        parser.add_argument("--processes", type=int, help="as many as it is worth if not said")

    def handle(self, *, under: str, processes: int | None, **options: Any) -> None:
        """Print what differs; leave with 1 when a decision is not what it was."""
        today = timezone.localdate()
        if processes is None:
            processes = _worth()
        try:
            found = report(under, on=today, processes=max(1, processes))
        except UnknownVersion as unknown:
            raise CommandError(f"No charter has a version {unknown}.") from unknown
        said = {
            "decisions": found.decisions,
            "under": under or None,
            "differences": found.differences,
        }
        if not under:
            said["today"] = _today(found, today)
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))
        if found.differences and not under:
            sys.exit(1)


def _worth() -> int:
    decisions = Decision.objects.count()
    return max(1, min(os.cpu_count() or 1, 8, decisions // WORTH_A_PROCESS))


def _today(found: Report, today) -> dict[str, Any]:
    return {
        "on": today.isoformat(),
        "decisions": found.judged_today,
        "would_differ": found.differ_today,
        "would_not_be_taken": found.not_taken_today,
        "by_article": dict(found.articles_today.most_common()),
        "differences": found.shown_today,
    }
