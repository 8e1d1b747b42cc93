"""An appeal that nobody of its establishment may judge finds its judge in the network."""

from django.db import migrations, models

from governance.process import triggers


class Migration(migrations.Migration):
    dependencies = [("governance", "0004_decisions_by_instant")]

    operations = [
        triggers.said_again(triggers.DELEGATED, triggers.DELEGATED_FROM_THE_POOL),
        migrations.AddIndex(
            model_name="track",
            index=models.Index(
                condition=models.Q(("kind", "appeal"), ("status", "open")),
                fields=["case"],
                name="track_open_appeal",
            ),
        ),
    ]
