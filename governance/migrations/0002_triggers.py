"""What the database refuses by itself: see the two modules of triggers."""

from django.db import migrations

from governance.ledger.triggers import LEDGER_TRIGGERS
from governance.process.triggers import PROCESS_TRIGGERS


class Migration(migrations.Migration):
    replaces = [("governance", "0002_invariants")]

    dependencies = [("governance", "0001_schema")]

    operations = [*LEDGER_TRIGGERS, *PROCESS_TRIGGERS]
