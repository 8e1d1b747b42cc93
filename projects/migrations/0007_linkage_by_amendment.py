"""Linkage may be asked of an authorised request, by an amendment."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('projects', '0006_public_search')]

    operations = [
        migrations.AlterField(
            model_name='amendment',
            name='kind',
            field=models.CharField(
                choices=[
                    ('period', 'Period'),
                    ('member', 'Member'),
                    ('holder', 'Holder'),
                    ('site', 'Site'),
                    ('linkage', 'Linkage'),
                ],
                max_length=10,
            ),
        ),
    ]
