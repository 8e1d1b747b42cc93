"""A person signs the version of one establishment too, whose number is longer."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0005_blocks_judged'),
    ]

    operations = [
        migrations.AlterField(
            model_name='chartersignature',
            name='version',
            field=models.CharField(max_length=40, verbose_name='version'),
        ),
    ]
