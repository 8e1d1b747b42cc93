"""What the portal judges of itself each night: the articles about the whole, and the deadlines."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0002_triggers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Lateness',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clause', models.CharField(max_length=8)),
                ('article', models.CharField(max_length=8)),
                ('of', models.CharField(blank=True, default='', max_length=40)),
                ('found_at', models.DateTimeField()),
                ('verdict', models.JSONField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'retard',
                'verbose_name_plural': 'retards',
                'ordering': ['found_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='NightJudged',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clause', models.CharField(max_length=8)),
                ('article', models.CharField(max_length=8)),
                ('charter', models.CharField(max_length=16)),
                ('version', models.CharField(max_length=40)),
                ('holds', models.BooleanField(null=True)),
                ('since', models.DateTimeField()),
                ('judged_at', models.DateTimeField()),
                ('verdict', models.JSONField(blank=True, null=True)),
                ('judged', models.PositiveIntegerField(default=1)),
                ('late', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'jugement de la nuit',
                'verbose_name_plural': 'jugements de la nuit',
                'ordering': ['clause', '-since'],
            },
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('departs_from', []), _negated=True), fields=['-at'], name='decision_that_departs'),
        ),
        migrations.AddField(
            model_name='lateness',
            name='case',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='lateness', to='governance.case'),
        ),
        migrations.AddField(
            model_name='nightjudged',
            name='facts',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.factsblob'),
        ),
        migrations.AddIndex(
            model_name='lateness',
            index=models.Index(fields=['article', 'found_at'], name='lateness_by_article'),
        ),
        migrations.AddConstraint(
            model_name='lateness',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('case', 'clause', 'of'), name='one_open_lateness_a_subject', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='lateness',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('found_at')), _connector='OR'), name='lateness_ends_after_it_is_found'),
        ),
        migrations.AddConstraint(
            model_name='nightjudged',
            constraint=models.UniqueConstraint(fields=('clause', 'since'), name='one_answer_a_clause_and_instant'),
        ),
        migrations.AddConstraint(
            model_name='nightjudged',
            constraint=models.CheckConstraint(condition=models.Q(('judged_at__gte', models.F('since'))), name='nights_judged_in_order'),
        ),
    ]
