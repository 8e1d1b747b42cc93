"""The tables of requests and of their life.

Databases made before, by the migrations that it replaces, are at the same schema.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from governance.create_models import CreateModels


class Migration(migrations.Migration):

    replaces = [
        ('projects', '0001_initial'),
        ('projects', '0002_reservations'),
        ('projects', '0003_reservations_erased'),
        ('projects', '0004_requests_followed'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('catalog', '0001_schema'),
        ('governance', '0002_triggers'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Certificate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('space_closed', 'Space Closed'), ('copies_destroyed', 'Copies Destroyed'), ('dataset_sealed', 'Dataset Sealed'), ('dataset_destroyed', 'Dataset Destroyed')], max_length=20)),
                    ('at', models.DateTimeField()),
                    ('reference', models.CharField(blank=True, max_length=80)),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('track', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='governance.track')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('track', 'kind'), name='one_certificate_per_kind')],
                },
            ),
            migrations.CreateModel(
                name='Convention',
                fields=[
                    ('track', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='convention', serialize=False, to='governance.track')),
                    ('kind', models.CharField(choices=[('access', 'Access'), ('consortium', 'Consortium'), ('joint_control', 'Joint Control'), ('processing', 'Processing'), ('industrial', 'Industrial')], max_length=16)),
                    ('reference', models.CharField(blank=True, max_length=80)),
                    ('signed_on', models.DateField(blank=True, null=True)),
                    ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.storedfile')),
                ],
            ),
            migrations.CreateModel(
                name='Evidence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40)),
                    ('values', models.JSONField(default=dict)),
                    ('given_at', models.DateTimeField()),
                    ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.storedfile')),
                    ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('track', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='governance.track')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('track', 'code'), name='one_piece_per_code')],
                },
            ),
            migrations.CreateModel(
                name='Extraction',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('state', models.CharField(choices=[('ordered', 'Ordered'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('refused', 'Refused'), ('cancelled', 'Cancelled')], default='ordered', max_length=10)),
                    ('progress', models.JSONField(default=dict)),
                    ('manifest', models.JSONField(blank=True, null=True)),
                    ('manifest_sha256', models.CharField(blank=True, max_length=64)),
                    ('manifest_leaf', models.BigIntegerField(blank=True, null=True)),
                    ('message', models.CharField(blank=True, max_length=400)),
                    ('launched_at', models.DateTimeField()),
                    ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ('launched_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='extraction', to='catalog.siteorder')),
                    ('track', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extractions', to='governance.track')),
                ],
                options={
                    'ordering': ['-launched_at'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('ordered', 'running'))), fields=('track',), name='one_extraction_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('manifest_sha256', ''), _negated=True), _connector='OR'), name='extraction_done_has_its_manifest')],
                },
            ),
            migrations.CreateModel(
                name='MemberAccess',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('opened_at', models.DateTimeField()),
                    ('cut_at', models.DateTimeField(blank=True, null=True)),
                    ('cut_because', models.CharField(blank=True, max_length=40)),
                    ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accesses', to='governance.participation')),
                    ('track', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accesses', to='governance.track')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('cut_at__isnull', True)), fields=('participation', 'track'), name='one_open_access_per_member_and_site')],
                },
            ),
            migrations.CreateModel(
                name='Request',
                fields=[
                    ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='request', serialize=False, to='governance.case')),
                    ('title', models.CharField(blank=True, max_length=240)),
                    ('acronym', models.CharField(blank=True, max_length=40)),
                    ('plain_title', models.CharField(blank=True, max_length=160)),
                    ('plain_summary', models.TextField(blank=True)),
                    ('requester_kind', models.CharField(blank=True, choices=[('academic', 'Académique'), ('startup', 'Start-up'), ('industry', 'Industrie'), ('association', 'Association')], max_length=12)),
                    ('search', django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                    ('public_since', models.DateTimeField(blank=True, null=True)),
                    ('copied_from', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='copies', to='projects.request')),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='governance.organisation')),
                ],
                options={
                    'permissions': [('follow_request', 'Follow this request as a member of its team'), ('write_request', "Write in this request's form"), ('examine_request', 'Examine this request as an invited expert')],
                    'default_permissions': (),
                    'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='request_search'), models.Index(fields=['-public_since'], name='request_public')],
                },
            ),
            migrations.CreateModel(
                name='YearCounter',
                fields=[
                    ('year', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                    ('last', models.PositiveIntegerField(default=0)),
                ],
            ),
            migrations.CreateModel(
                name='AccessPeriod',
                fields=[
                    ('request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='access_period', serialize=False, to='projects.request')),
                    ('months', models.PositiveSmallIntegerField()),
                    ('site_by_site', models.BooleanField(default=False)),
                    ('starts_on', models.DateField(blank=True, null=True)),
                    ('ends_on', models.DateField(blank=True, null=True)),
                    ('ended_on', models.DateField(blank=True, null=True)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='access_ends_after_it_starts')],
                },
            ),
            migrations.CreateModel(
                name='Amendment',
                fields=[
                    ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='amendment', serialize=False, to='governance.case')),
                    ('kind', models.CharField(choices=[('period', 'Period'), ('member', 'Member'), ('holder', 'Holder'), ('site', 'Site')], max_length=10)),
                    ('change', models.JSONField(default=dict)),
                    ('reason', models.TextField()),
                    ('proposed_at', models.DateTimeField()),
                    ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='projects.request')),
                ],
                options={
                    'ordering': ['-proposed_at'],
                },
            ),
            migrations.CreateModel(
                name='AskedSite',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('leads', models.BooleanField(default=False)),
                    ('establishment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asked_in', to='governance.establishment')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asked_sites', to='projects.request')),
                ],
                options={
                    'ordering': ['establishment__position'],
                    'constraints': [models.UniqueConstraint(fields=('request', 'establishment'), name='site_asked_once'), models.UniqueConstraint(condition=models.Q(('leads', True)), fields=('request',), name='one_leading_site')],
                },
            ),
            migrations.CreateModel(
                name='AskedVariable',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reason', models.CharField(blank=True, max_length=500)),
                    ('objective', models.CharField(blank=True, default='primary', max_length=16)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asked_variables', to='projects.request')),
                    ('variable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asked_in', to='catalog.variable')),
                ],
                options={
                    'ordering': ['id'],
                    'constraints': [models.UniqueConstraint(fields=('request', 'variable'), name='variable_asked_once')],
                },
            ),
            migrations.CreateModel(
                name='Attachment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slot', models.CharField(choices=[('protocol', 'Protocol'), ('statistical_plan', 'Statistical Plan'), ('notice', 'Notice'), ('aipd', 'Aipd'), ('other', 'Other')], max_length=20)),
                    ('version', models.CharField(blank=True, max_length=40)),
                    ('added_at', models.DateTimeField()),
                    ('removed_at', models.DateTimeField(blank=True, null=True)),
                    ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attachments', to='governance.storedfile')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='projects.request')),
                ],
                options={
                    'ordering': ['-added_at'],
                },
            ),
            migrations.CreateModel(
                name='Handler',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('since', models.DateTimeField()),
                    ('until', models.DateTimeField(blank=True, null=True)),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handled', to=settings.AUTH_USER_MODEL)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handlers', to='projects.request')),
                ],
                options={
                    'ordering': ['-since'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('request',), name='one_handler_at_a_time')],
                },
            ),
            migrations.CreateModel(
                name='Idea',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=160)),
                    ('question', models.TextField(max_length=1500)),
                    ('wanted_by', models.DateField(blank=True, null=True)),
                    ('state', models.CharField(choices=[('sent', 'Sent'), ('answered', 'Answered'), ('became', 'Became')], default='sent', max_length=10)),
                    ('sent_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField()),
                    ('answer', models.TextField(blank=True)),
                    ('meeting_at', models.DateTimeField(blank=True, null=True)),
                    ('answered_at', models.DateTimeField(blank=True, null=True)),
                    ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('establishment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ideas', to='governance.establishment')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ideas', to=settings.AUTH_USER_MODEL)),
                    ('request', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='idea', to='projects.request')),
                ],
                options={
                    'ordering': ['-sent_at'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('state', 'sent')), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False)), ('state', 'became'), _connector='OR'), name='idea_answered_has_its_answer')],
                },
            ),
            migrations.CreateModel(
                name='Invitation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('email', models.EmailField(max_length=254)),
                    ('part', models.CharField(max_length=10)),
                    ('token_sha256', models.CharField(max_length=64, unique=True)),
                    ('sent_at', models.DateTimeField()),
                    ('expires_at', models.DateTimeField()),
                    ('accepted_at', models.DateTimeField(blank=True, null=True)),
                    ('accepted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='projects.request')),
                    ('sent_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-sent_at'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('accepted_at__isnull', True)), fields=('request', 'email', 'part'), name='one_open_invitation_per_part')],
                },
            ),
            migrations.CreateModel(
                name='LegalPerson',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('part', models.CharField(choices=[('controller', 'Controller'), ('joint_controller', 'Joint Controller'), ('processor', 'Processor'), ('sponsor', 'Sponsor')], max_length=16)),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='governance.organisation')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='legal_persons', to='projects.request')),
                ],
                options={
                    'ordering': ['id'],
                    'constraints': [models.UniqueConstraint(fields=('request', 'organisation', 'part'), name='one_part_per_organisation')],
                },
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField()),
                    ('section', models.CharField(blank=True, max_length=16)),
                    ('text', models.TextField(max_length=5000)),
                    ('internal', models.BooleanField(default=False)),
                    ('question', models.BooleanField(default=False)),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='projects.request')),
                ],
                options={
                    'ordering': ['at'],
                },
            ),
            migrations.CreateModel(
                name='PlainResults',
                fields=[
                    ('request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='plain_results', serialize=False, to='projects.request')),
                    ('text', models.TextField(blank=True)),
                    ('published_at', models.DateTimeField(blank=True, null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Point',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('section', models.CharField(max_length=16)),
                    ('field', models.CharField(blank=True, max_length=40)),
                    ('article', models.CharField(blank=True, max_length=8)),
                    ('text', models.TextField()),
                    ('why_not_before', models.TextField(blank=True)),
                    ('state', models.CharField(choices=[('open', 'Open'), ('answered', 'Answered'), ('settled', 'Settled')], default='open', max_length=10)),
                    ('answer', models.TextField(blank=True)),
                    ('answered_at', models.DateTimeField(blank=True, null=True)),
                    ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points', to='governance.decision')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='points', to='projects.request')),
                ],
                options={
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='Qualification',
                fields=[
                    ('request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='qualification', serialize=False, to='projects.request')),
                    ('computed', models.JSONField(default=dict)),
                    ('set_qualification', models.CharField(blank=True, max_length=12)),
                    ('set_formality', models.CharField(blank=True, max_length=12)),
                    ('dpo_opinion', models.CharField(blank=True, choices=[('agrees', 'Agrees'), ('disagrees', 'Disagrees')], max_length=10)),
                    ('dpo_qualification', models.CharField(blank=True, max_length=12)),
                    ('dpo_formality', models.CharField(blank=True, max_length=12)),
                    ('dpo_text', models.TextField(blank=True)),
                    ('dpo_at', models.DateTimeField(blank=True, null=True)),
                    ('differs_reason', models.TextField(blank=True)),
                    ('dpo_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='RequestUserObjectPermission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='projects.request')),
                    ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'abstract': False,
                    'unique_together': {('user', 'permission', 'content_object')},
                },
            ),
            migrations.CreateModel(
                name='Reservation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('text', models.TextField(max_length=1000)),
                    ('articles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), blank=True, default=list, size=None)),
                    ('state', models.CharField(choices=[('open', 'Open'), ('answered', 'Answered'), ('lifted', 'Lifted')], default='open', max_length=10)),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='governance.decision')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reservations', to='projects.request')),
                ],
                options={
                    'ordering': ['decision', 'number'],
                    'constraints': [models.UniqueConstraint(fields=('decision', 'number'), name='reservations_of_an_opinion_are_numbered')],
                },
            ),
            migrations.CreateModel(
                name='Result',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('publication', 'Publication'), ('patent', 'Patent'), ('software', 'Software'), ('dataset', 'Dataset'), ('communication', 'Communication'), ('thesis', 'Thesis')], max_length=14)),
                    ('title', models.CharField(max_length=400)),
                    ('authors', models.TextField(blank=True)),
                    ('doi', models.CharField(blank=True, max_length=200)),
                    ('url', models.URLField(blank=True, max_length=400)),
                    ('swhid', models.CharField(blank=True, max_length=120)),
                    ('licence', models.CharField(blank=True, max_length=60)),
                    ('published_on', models.DateField(blank=True, null=True)),
                    ('deposited_on', models.DateField(blank=True, null=True)),
                    ('deferred_until', models.DateField(blank=True, null=True)),
                    ('cites_establishments', models.BooleanField(default=False)),
                    ('cites_number', models.BooleanField(default=False)),
                    ('added_at', models.DateTimeField()),
                    ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='results', to='projects.request')),
                ],
                options={
                    'ordering': ['id'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('doi', ''), _negated=True), fields=('request', 'doi'), name='doi_once_per_request')],
                },
            ),
            migrations.CreateModel(
                name='Section',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16)),
                    ('answers', models.JSONField(default=dict)),
                    ('revision', models.PositiveIntegerField(default=0)),
                    ('updated_at', models.DateTimeField(auto_now=True)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='projects.request')),
                    ('updated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('request', 'code'), name='one_section_per_code')],
                },
            ),
            migrations.CreateModel(
                name='ReservationAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('text', models.TextField(max_length=4000)),
                    ('at', models.DateTimeField()),
                    ('accepted', models.BooleanField(blank=True, null=True)),
                    ('reason', models.TextField(blank=True, max_length=2000)),
                    ('checked_at', models.DateTimeField(blank=True, null=True)),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('checked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('paper', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.attachment')),
                    ('reservation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='projects.reservation')),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('accepted__isnull', True)), fields=('reservation',), name='one_answer_to_check_per_reservation'), models.CheckConstraint(condition=models.Q(models.Q(('accepted__isnull', True), ('checked_at__isnull', True), ('checked_by__isnull', True)), models.Q(('accepted__isnull', False), ('checked_at__isnull', False), ('checked_by__isnull', False), models.Q(models.Q(('reason', ''), _negated=True), ('text', ''), _connector='OR')), _connector='OR'), name='answer_checked_with_a_reason')],
                },
            ),
        ]),
    ]
