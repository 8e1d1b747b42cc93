"""``manage.py site_key SITE KEY``: accept the reports that a site signs under its key.

``--sealing KEY SIGNATURE`` has citizens seal their objections to the site for that key.
"""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.domain.keys import register_sealing_key, register_site_key
from governance.models import Establishment


class Command(BaseCommand):
    """Register a site's public key; the one it had stops counting from now."""

    help = "Accept from now on the reports that a site signs under this public key (base64)."

    def add_arguments(self, parser):
        parser.add_argument("site", help="the establishment's name, as chu-rennes")
        parser.add_argument("key", help="what `python -m catalog.site SITE --create` printed")
        parser.add_argument(
            "--sealing",
            nargs=2,
            metavar=("KEY", "SIGNATURE"),
            help="what `python -m catalog.site SITE --sealing-key` printed",
        )

    def handle(self, *, site, key, sealing=None, **options):
        if not Establishment.objects.filter(pk=site).exists():
            raise CommandError(f"There is no establishment {site}.")
        try:
            row = register_site_key(site, key, at=timezone.now())
        except ValueError as error:
            raise CommandError("This is not an Ed25519 public key in base64.") from error
        self.stdout.write(f"{row.establishment_id} {row.public_key} since {row.since:%Y-%m-%d}")
        if sealing:
            self._seal(site, " ".join(sealing))

    def _seal(self, site, said):
        try:
            row = register_sealing_key(site, said, at=timezone.now())
        except ValueError as error:
            raise CommandError(f"{site} did not sign this sealing key.") from error
        self.stdout.write(f"{site} seals for {row.public_key}")
