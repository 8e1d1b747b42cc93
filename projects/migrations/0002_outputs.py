"""Outputs: deposited, examined, checked, released."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0002_triggers'),
        ('projects', '0001_schema'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Output',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('deposited', 'À contrôler'), ('second', 'Second contrôle attendu'), ('asked', 'Une question est posée'), ('stopped', 'Arrêté par un contrôle automatique'), ('refused', 'Refusé'), ('released', 'Libéré'), ('fallen', "Tombé avec l'accès")], default='deposited', max_length=10)),
                ('why', models.TextField(max_length=2000)),
                ('deposited_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('examined_at', models.DateTimeField(blank=True, null=True)),
                ('needs_two', models.BooleanField(default=False)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('leaf_index', models.BigIntegerField(blank=True, null=True)),
                ('reminded_at', models.DateTimeField(blank=True, null=True)),
                ('corrects', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='projects.output')),
                ('deposited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('first_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outputs', to='projects.request')),
                ('second_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sites', models.ManyToManyField(related_name='outputs', to='governance.track')),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='OutputCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField()),
                ('verdict', models.CharField(choices=[('accepted', 'Accepté'), ('asked', 'Question posée'), ('refused', 'Refusé')], max_length=10)),
                ('at', models.DateTimeField()),
                ('reason', models.TextField(blank=True, max_length=2000)),
                ('articles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), blank=True, default=list, size=None)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('output', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='projects.output')),
            ],
            options={
                'ordering': ['rank'],
            },
        ),
        migrations.CreateModel(
            name='OutputFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('frequencies', "Tableau d'effectifs"), ('summaries', 'Statistiques résumées'), ('model', 'Modèle statistique, régression'), ('figure', 'Figure'), ('text', 'Texte'), ('code', 'Programme'), ('learned_model', 'Modèle appris')], max_length=14)),
                ('about', models.TextField(max_length=1000)),
                ('findings', models.JSONField(default=list)),
                ('shown', models.JSONField(default=dict)),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.storedfile')),
                ('output', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='projects.output')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.AddIndex(
            model_name='output',
            index=models.Index(condition=models.Q(('state__in', ('deposited', 'second'))), fields=['due_at'], name='outputs_waiting_by_due'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.UniqueConstraint(fields=('request', 'number'), name='outputs_of_a_request_are_numbered'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state__in', ('deposited', 'second'))), models.Q(models.Q(('state__in', ('deposited', 'second')), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='an_output_that_waits_no_more_says_since_when'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'released'), _negated=True), models.Q(('examined_at__isnull', False), ('first_by__isnull', False), ('leaf_index__isnull', False), models.Q(('needs_two', False), ('second_by__isnull', False), _connector='OR')), _connector='OR'), name='no_output_leaves_unchecked'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'second'), _negated=True), models.Q(('first_by__isnull', False), ('needs_two', True)), _connector='OR'), name='a_second_check_follows_a_first'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('first_by__isnull', True), models.Q(('first_by', models.F('deposited_by')), _negated=True), _connector='OR'), models.Q(('second_by__isnull', True), models.Q(('second_by', models.F('deposited_by')), _negated=True), _connector='OR')), name='nobody_checks_what_they_deposited'),
        ),
        migrations.AddConstraint(
            model_name='output',
            constraint=models.CheckConstraint(condition=models.Q(('second_by__isnull', True), models.Q(('first_by__isnull', False), models.Q(('second_by', models.F('first_by')), _negated=True)), _connector='OR'), name='two_checkers_are_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='outputcheck',
            constraint=models.UniqueConstraint(fields=('output', 'by'), name='one_check_of_an_output_per_person'),
        ),
        migrations.AddConstraint(
            model_name='outputcheck',
            constraint=models.UniqueConstraint(fields=('output', 'rank'), name='one_check_of_an_output_a_rank'),
        ),
        migrations.AddConstraint(
            model_name='outputcheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'refused'), _negated=True), models.Q(('articles', []), _negated=True), _connector='OR'), name='an_output_refused_cites_an_article'),
        ),
        migrations.AddConstraint(
            model_name='outputcheck',
            constraint=models.CheckConstraint(condition=models.Q(('verdict', 'accepted'), models.Q(('reason', ''), _negated=True), _connector='OR'), name='an_output_asked_or_refused_says_why'),
        ),
        migrations.AddConstraint(
            model_name='outputfile',
            constraint=models.UniqueConstraint(fields=('output', 'position'), name='files_of_an_output_are_numbered'),
        ),
    ]
