"""``manage.py order_key create | show``: the key that signs orders to the sites."""

from django.core.management.base import BaseCommand, CommandError

from catalog.domain.keys import KeyUnavailable, create_order_key, encode, load_order_key


class Command(BaseCommand):
    """Create the portal's order key (mode 0600), or show its public half."""

    help = (
        "Create the key that signs orders to the sites, or show its public half, which each site "
        "keeps as keys/portal-….pub."
    )

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["create", "show"])

    def handle(self, *, act, **options):
        try:
            key = create_order_key() if act == "create" else load_order_key().public_key()
        except KeyUnavailable as error:
            raise CommandError(str(error)) from error
        except FileExistsError as error:
            raise CommandError(f"{error.filename} exists: it is not overwritten.") from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        self.stdout.write(encode(key))
