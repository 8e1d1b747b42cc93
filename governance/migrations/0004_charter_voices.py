"""The voices of a session on a version of a charter, which stay once its result is recorded."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from governance.process.triggers import CHARTER_VOICES, CHARTER_VOICES_REVERSE


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0003_nights_judged'),
    ]

    operations = [
        migrations.CreateModel(
            name='CharterBallot',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('choice', models.CharField(choices=[('for', 'Pour'), ('against', 'Contre'), ('abstain', 'Abstention')], max_length=8)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='governance.charterproposal')),
            ],
        ),
        migrations.CreateModel(
            name='CharterVoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('choice', models.CharField(blank=True, choices=[('for', 'Pour'), ('against', 'Contre'), ('abstain', 'Abstention')], max_length=8)),
                ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.mandate')),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='voices', to='governance.charterproposal')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('proposal', 'mandate'), name='one_voice_each_on_a_version')],
            },
        ),
        migrations.RunSQL(CHARTER_VOICES, CHARTER_VOICES_REVERSE),
    ]
