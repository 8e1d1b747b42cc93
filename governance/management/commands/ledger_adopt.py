"""``manage.py ledger_adopt``: write the missing checkpoint file from the database."""

from django.core.management.base import BaseCommand, CommandError

from governance.ledger.signer import SigningRefused, adopt_checkpoint


class Command(BaseCommand):
    """Say, as an operator, that nothing later than the database's last checkpoint was published."""

    help = (
        "Write the ledger's missing checkpoint file from the database. Only where nothing later "
        "was ever published: otherwise the register forks."
    )

    def handle(self, **options):
        try:
            checkpoint = adopt_checkpoint()
        except SigningRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(checkpoint.note)
