import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0011_work_answered_from_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="likeness",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=25), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="departs_from",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["likeness"], name="decision_by_likeness"
            ),
        ),
    ]
