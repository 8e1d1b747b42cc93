"""Runs of the checks of a warehouse, what each found, and the anomalies that they open."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0001_schema'),
        ('governance', '0002_triggers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='QualityResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('conformance', 'conformité'), ('completeness', 'complétude'), ('plausibility', 'plausibilité')], max_length=12)),
                ('table', models.CharField(max_length=40)),
                ('outcome', models.CharField(choices=[('passed', 'tenu'), ('failed', 'pas tenu'), ('few', 'trop peu de données pour juger'), ('empty', 'rien à vérifier'), ('absent', 'non vérifiable')], max_length=8)),
                ('rows', models.PositiveBigIntegerField(blank=True, null=True)),
                ('failed', models.PositiveBigIntegerField(blank=True, null=True)),
                ('filled', models.JSONField(blank=True, default=dict)),
            ],
            options={
                'verbose_name': "résultat d'un contrôle",
                'verbose_name_plural': 'résultats des contrôles',
                'ordering': ['run', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='QualityRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('asked', 'en cours'), ('answered', 'terminé'), ('silent', 'sans réponse'), ('failed', 'impossible')], default='asked', max_length=8)),
                ('asked_at', models.DateTimeField()),
                ('measured_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=60)),
            ],
            options={
                'verbose_name': "contrôle de l'entrepôt",
                'verbose_name_plural': 'contrôles des entrepôts',
                'ordering': ['-asked_at', '-pk'],
            },
        ),
        migrations.AlterField(
            model_name='finding',
            name='reported_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='findings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='finding',
            name='text',
            field=models.TextField(blank=True, verbose_name='ce qui ne va pas'),
        ),
        migrations.AlterField(
            model_name='findingevent',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='findingevent',
            name='kind',
            field=models.CharField(choices=[('reported', 'Signalée'), ('taken', 'Prise en charge'), ('to_mend', 'Confirmée, à corriger'), ('mended', 'Confirmée et corrigée'), ('dismissed', 'Pas une anomalie'), ('put_off', 'Correction reportée'), ('mended_later', 'Corrigée'), ('found', 'Trouvée par un contrôle'), ('holds', 'Le contrôle est de nouveau tenu'), ('fails', "Le contrôle n'est de nouveau pas tenu")], max_length=12),
        ),
        migrations.AlterField(
            model_name='siteorder',
            name='kind',
            field=models.CharField(choices=[('count', 'comptage'), ('extract', 'extraction'), ('cancel', 'annulation'), ('destroy', 'destruction'), ('object', 'opposition'), ('quality', "contrôle de l'entrepôt"), ('space', 'espace de travail')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='findingevent',
            constraint=models.CheckConstraint(condition=models.Q(('by__isnull', False), ('kind__in', ('found', 'holds', 'fails')), _connector='OR'), name='an_act_on_a_finding_is_somebodys'),
        ),
        migrations.AddField(
            model_name='finding',
            name='found_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='catalog.qualityresult'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(('found_by__isnull', False), models.Q(('reported_by__isnull', False), models.Q(('text', ''), _negated=True)), _connector='OR'), name='a_finding_is_reported_in_words_or_found_by_a_check'),
        ),
        migrations.AddField(
            model_name='qualityrun',
            name='asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='qualityrun',
            name='establishment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quality_runs', to='governance.establishment'),
        ),
        migrations.AddField(
            model_name='qualityrun',
            name='order',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='quality_run', to='catalog.siteorder'),
        ),
        migrations.AddField(
            model_name='qualityresult',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='catalog.qualityrun'),
        ),
        migrations.AddIndex(
            model_name='qualityrun',
            index=models.Index(condition=models.Q(('state', 'answered')), fields=['establishment', '-measured_at'], name='last_quality_runs'),
        ),
        migrations.AddConstraint(
            model_name='qualityrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('establishment',), name='one_quality_run_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='qualityrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('measured_at__isnull', False), ('state', 'answered')), models.Q(models.Q(('state', 'answered'), _negated=True), ('measured_at__isnull', True)), _connector='OR'), name='a_quality_run_answered_says_when'),
        ),
        migrations.AddConstraint(
            model_name='qualityresult',
            constraint=models.UniqueConstraint(fields=('run', 'code'), name='a_check_has_one_result_a_run'),
        ),
        migrations.AddConstraint(
            model_name='qualityresult',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('rows__isnull', True), ('rows__gte', 11), _connector='OR'), models.Q(('failed__isnull', True), ('failed', 0), ('failed__gte', 11), _connector='OR')), name='no_quality_figure_under_the_threshold'),
        ),
        migrations.AddConstraint(
            model_name='qualityresult',
            constraint=models.CheckConstraint(condition=models.Q(('failed__isnull', True), models.Q(('failed__lte', models.F('rows')), ('rows__isnull', False)), _connector='OR'), name='no_more_rows_fail_than_there_are'),
        ),
    ]
