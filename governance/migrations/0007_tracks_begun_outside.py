"""Where a track may begin: an establishment out of the perimeter, evidence to be gathered."""

from django.db import migrations

from governance.process import triggers


class Migration(migrations.Migration):
    dependencies = [("governance", "0006_no_opening_of_votes")]

    operations = [triggers.said_again(triggers.TRACK_STATUS, triggers.TRACKS_BEGUN_OUTSIDE)]
