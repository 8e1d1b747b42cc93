"""Read a report of non-delivery from a mail server."""

import sys

from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.notices.returned import LARGEST, take_back


class Command(BaseCommand):
    help = (
        "Reads a report of non-delivery (RFC 3464) on its standard input, as a mail server hands "
        "it to a program, and tells the case officer of the request whose mail came back."
    )

    def handle(self, *args, **options):
        # Never a failure: the mail server would answer the report with another one.
        found = take_back(sys.stdin.buffer.read(LARGEST), at=timezone.now())
        self.stdout.write(
            f"{found} of our mails came back." if found else "None of our mails came back by this."
        )
