"""``manage.py site_key SITE KEY``: accept the reports that a site signs under its key."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.domain.keys import register_site_key
from governance.models import Establishment


class Command(BaseCommand):
    """Register a site's public key; the one it had stops counting from now."""

    help = "Accept from now on the reports that a site signs under this public key (base64)."

    def add_arguments(self, parser):
        parser.add_argument("site", help="the establishment's name, as chu-rennes")
        parser.add_argument("key", help="what `python -m catalog.site SITE --create` printed")

    def handle(self, *, site, key, **options):
        if not Establishment.objects.filter(pk=site).exists():
            raise CommandError(f"There is no establishment {site}.")
        try:
            row = register_site_key(site, key, at=timezone.now())
        except ValueError as error:
            raise CommandError("This is not an Ed25519 public key in base64.") from error
        self.stdout.write(f"{row.establishment_id} {row.public_key} since {row.since:%Y-%m-%d}")
