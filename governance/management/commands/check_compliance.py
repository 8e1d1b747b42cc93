"""``manage.py check_compliance``: what must stay true while data are in use, judged now.

One JSON object: ``requests`` judged, ``unsatisfied`` (a line an article that does not hold, of the
whole request, of a site or of a member by their reference) and ``late`` (a line a clock that ran
out). Exit status 0: what it finds is for people to mend.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from governance.charters import sentence
from governance.process import compliance


class Command(BaseCommand):
    """Prints what does not hold, and who can mend it."""

    help = "Judge the continuous articles of every request whose data are in use."

    def add_arguments(self, parser) -> None:
        """The instant, and the language of sentences."""
        parser.add_argument("--at", type=parse_datetime, default=None, help="RFC 3339, now if none")
        parser.add_argument("--language", choices=("fr", "en"), default="fr")

    def handle(self, *, at, language: str, **options: Any) -> None:
        """Print the state of compliance at that instant."""
        at = at or timezone.now()
        requests, unsatisfied = 0, []
        for case, verdicts in compliance.unsatisfied(at):
            requests += 1
            unsatisfied += [
                {"number": case.number, "state": case.state}
                | verdict.as_data()
                | {"sentence": sentence(verdict, language)}
                for verdict in verdicts
            ]
        late = [
            {
                "number": deadline.case.number,
                "subject": deadline.subject,
                "waits_for": deadline.waits_for,
                "due_at": deadline.due_at.isoformat(),
            }
            for deadline in compliance.late(at)
        ]
        said = {
            "at": at.isoformat(),
            "requests": requests,
            "unsatisfied": unsatisfied,
            "late": late,
        }
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))
