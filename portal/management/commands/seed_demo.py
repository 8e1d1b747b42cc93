"""`manage.py seed_demo`: fill an empty database with the demonstration. `--accounts` names them."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.demonstration import accounts
from portal.demonstration import seed


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration network and its requests."

    def add_arguments(self, parser):
        parser.add_argument("--accounts", action="store_true", help="say who can sign in")

    def handle(self, *args, accounts: bool, **options):
        if not settings.DEMONSTRATION:
            raise CommandError("This is not a demonstration (GUICHET_ENV).")
        if accounts:
            self._say_accounts()
            return
        # The sites' own program says each order it carries out: too much for a person's screen.
        logging.getLogger("catalog.site").setLevel(logging.WARNING)
        # A minute ago: whatever is done next comes after.
        made = seed(at=timezone.now() - timedelta(minutes=1))
        self.stdout.write(f"{made} requests")

    def _say_accounts(self):
        self.stdout.write(f"Comptes de démonstration : {settings.SITE_URL}/demonstration")
        with override("fr"):
            for account, person in accounts():
                self.stdout.write(f"  {person.get_full_name():18} {account.sentence}")
