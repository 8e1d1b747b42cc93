"""``manage.py apply_erasures``: erase again what a restore brought back."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from governance.domain.erasures import apply_again


class Command(BaseCommand):
    """Erase again all that the log of erasures names. Run by every restore; harmless twice."""

    help = "Erase again what was erased before a restore, from the log outside the database."

    def handle(self, **options):
        self.stdout.write(f"{apply_again(at=timezone.now())} things erased again.")
