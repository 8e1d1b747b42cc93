"""``manage.py ledger_recover SOURCE``: bring back leaves that a restore lost."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.ledger.keys import KeyUnavailable
from governance.ledger.recovery import NotRecovered, reader_of, recover
from governance.ledger.signer import SigningRefused, integrate


class Command(BaseCommand):
    """Append, from a copy of the published register, the leaves that the database lacks."""

    help = (
        "After a restore: bring the register back to what was signed, from a copy of it (a folder "
        "with its public paths, or an address ending in /ledger)."
    )

    def add_arguments(self, parser):
        parser.add_argument("source")

    def handle(self, source, **options):
        try:
            count = recover(reader_of(source))
            size = integrate(at=timezone.now()).size
        except (NotRecovered, SigningRefused, KeyUnavailable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} leaves recovered; the register has {size} and is signed.")
