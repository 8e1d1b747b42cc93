"""What a delegate answers of an access that a non-conformity closed, and the clock that waits for
it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from governance.process.triggers import BLOCK_JUDGED, BLOCK_JUDGED_REVERSE


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0004_charter_voices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='deadline',
            name='nonconformity',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deadlines', to='governance.nonconformity'),
        ),
        migrations.CreateModel(
            name='BlockJudgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('index', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('confirmed', 'confirmé'), ('lifted', 'levé')], max_length=10)),
                ('at', models.DateTimeField()),
                ('reason', models.TextField(blank=True)),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('delegation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.delegation')),
                ('nonconformity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='judgements', to='governance.nonconformity')),
            ],
            options={
                'ordering': ['nonconformity', 'index'],
                'constraints': [
                    models.UniqueConstraint(fields=('nonconformity', 'index'), name='judgements_of_a_block_are_numbered'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ('confirmed', 'lifted'))), name='block_confirmed_or_lifted'),
                    models.CheckConstraint(condition=models.Q(models.Q(('erased_at__isnull', True), models.Q(('reason', ''), _negated=True)), models.Q(('erased_at__isnull', False), ('reason', '')), _connector='OR'), name='block_judged_with_a_reason'),
                ],
            },
        ),
        migrations.RunSQL(BLOCK_JUDGED, BLOCK_JUDGED_REVERSE),
    ]
