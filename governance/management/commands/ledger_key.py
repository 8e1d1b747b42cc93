"""``manage.py ledger_key create | show | rotate``: the key that signs the public ledger."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.ledger import keys
from governance.ledger.keys import KeyUnavailable
from governance.ledger.note import NoteError, Signer
from governance.ledger.rotation import rotate
from governance.ledger.signer import SigningRefused, integrate


class Command(BaseCommand):
    """Create the signing key (mode 0600), show its public half, or change it."""

    help = "Create, show or rotate the key that signs the public ledger."

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["create", "show", "rotate"])
        parser.add_argument(
            "--to",
            type=Path,
            help="where the new key is written (by default LEDGER_KEY_FILE)",
        )

    def handle(self, *, act, to, **options):
        try:
            getattr(self, act)(to)
        except (KeyUnavailable, SigningRefused, NoteError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def create(self, to):
        """Write a new key, never over another one."""
        signer = Signer.generate(settings.LEDGER_ORIGIN)
        keys.write_key(signer, to or keys.key_file())
        self.stdout.write(signer.verifier.vkey)

    def show(self, to):
        """Print the verifier key."""
        signer = keys.read_key(to) if to else keys.load_signer()
        self.stdout.write(signer.verifier.vkey)

    def rotate(self, to):
        """Announce a new key in a leaf that the old one signs; the new one signs from then on."""
        if settings.LEDGER_KEY and to is None:
            raise CommandError("the key is in LEDGER_KEY: say with --to where to write the new one")
        at = timezone.now()
        new = rotate(path=to or keys.key_file(), at=at)
        self.stdout.write(new.verifier.vkey)
        if to is None:
            integrate(at=at)
        else:
            self.stdout.write(f"Put the key of {to} in the settings and restart the workers.")
