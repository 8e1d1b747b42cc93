"""What a checker answered of an output stays, whoever writes."""

from django.db import migrations

from projects.append_only import TRIGGERS


class Migration(migrations.Migration):

    dependencies = [('projects', '0003_linkage')]

    operations = [migrations.RunSQL(made, undone) for made, undone in TRIGGERS]
