import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STAYS = """
CREATE FUNCTION governance_nonconformity_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    judged governance_case%ROWTYPE;
    in_use boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a non-conformity stays: it is never deleted'
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT * INTO judged FROM governance_case WHERE id = NEW.case_id;
    in_use := judged.state IN ('authorised', 'access', 'suspended');
    IF TG_OP = 'INSERT' THEN
        IF NEW.mended_at IS NOT NULL OR NEW.lapsed_at IS NOT NULL OR NEW.bitten_at IS NOT NULL
           OR NOT in_use OR NEW.found->'holds' = 'true' OR NEW.found->>'clause' <> NEW.clause THEN
            RAISE EXCEPTION 'a non-conformity begins open, by the verdict that it found'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.mended_at IS NOT NULL OR OLD.lapsed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a non-conformity that is closed stays as it is'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.case_id, NEW.clause, NEW.article, NEW.subject, NEW.found_at, NEW.found,
        NEW.found_facts_id, NEW.bites_at) <> (OLD.case_id, OLD.clause, OLD.article, OLD.subject,
        OLD.found_at, OLD.found, OLD.found_facts_id, OLD.bites_at)
       OR NEW.establishment_id IS DISTINCT FROM OLD.establishment_id
       OR NEW.member_id IS DISTINCT FROM OLD.member_id
       OR (OLD.bitten_at IS NOT NULL AND (NEW.bitten_at IS DISTINCT FROM OLD.bitten_at
           OR NEW.bitten_by_id IS DISTINCT FROM OLD.bitten_by_id)) THEN
        RAISE EXCEPTION 'what was found of a non-conformity does not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.bitten_by_id IS DISTINCT FROM OLD.bitten_by_id AND NOT EXISTS (
        SELECT FROM governance_decision d
        WHERE d.id = NEW.bitten_by_id AND d.case_id = NEW.case_id AND d.step = 'block'
          AND NEW.article = ANY (d.articles)) THEN
        RAISE EXCEPTION 'a request is blocked by a decision that names the article'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.mended_at IS NOT NULL AND (NEW.mended->'holds' IS DISTINCT FROM 'true'::jsonb
       OR NEW.mended->>'clause' IS DISTINCT FROM NEW.clause
       OR NEW.mended->>'of' IS DISTINCT FROM NEW.found->>'of') THEN
        RAISE EXCEPTION 'a non-conformity is closed by its own article, satisfied'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.lapsed_because = 'ended' AND in_use THEN
        RAISE EXCEPTION 'data are still in use' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.lapsed_because = 'left' AND (
        NEW.subject = 'request'
        OR EXISTS (SELECT FROM governance_track t WHERE t.case_id = NEW.case_id AND t.kind = 'site'
            AND t.establishment_id = NEW.establishment_id AND t.status IN ('delivered', 'opened'))
        OR EXISTS (SELECT FROM governance_participation p WHERE p.case_id = NEW.case_id
            AND p.person_id = NEW.member_id AND p.until IS NULL
            AND p.part IN ('holder', 'writer', 'member', 'referent', 'director'))) THEN
        RAISE EXCEPTION 'who is at fault is still of the request'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER governance_nonconformity_stays BEFORE INSERT OR UPDATE OR DELETE
    ON governance_nonconformity FOR EACH ROW EXECUTE FUNCTION governance_nonconformity_stays();
CREATE TRIGGER governance_nonconformity_no_truncate BEFORE TRUNCATE ON governance_nonconformity
    FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();
"""
STAYS_REVERSE = """
DROP TRIGGER governance_nonconformity_no_truncate ON governance_nonconformity;
DROP TRIGGER governance_nonconformity_stays ON governance_nonconformity;
DROP FUNCTION governance_nonconformity_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0015_minutes_and_convocations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='NonConformity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clause', models.CharField(max_length=8)),
                ('article', models.CharField(max_length=8)),
                ('subject', models.CharField(choices=[('request', 'la demande entière'), ('site', 'un établissement'), ('member', 'un membre')], max_length=8)),
                ('owner_role', models.CharField(max_length=24)),
                ('found_at', models.DateTimeField()),
                ('found', models.JSONField()),
                ('verdict', models.JSONField()),
                ('bites_at', models.DateTimeField()),
                ('warned_at', models.DateTimeField(blank=True, null=True)),
                ('bitten_at', models.DateTimeField(blank=True, null=True)),
                ('mended_at', models.DateTimeField(blank=True, null=True)),
                ('mended', models.JSONField(blank=True, null=True)),
                ('lapsed_at', models.DateTimeField(blank=True, null=True)),
                ('lapsed_because', models.CharField(blank=True, choices=[('left', "n'est plus de la demande"), ('ended', 'les données ne sont plus utilisées')], default='', max_length=8)),
                ('bitten_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='nonconformities', to='governance.decision')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='nonconformities', to='governance.case')),
                ('establishment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='nonconformities', to='governance.establishment')),
                ('found_facts', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.factsblob')),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='nonconformities', to=settings.AUTH_USER_MODEL)),
                ('mended_facts', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.factsblob')),
                ('owner_at', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.establishment')),
            ],
            options={
                'verbose_name': 'non-conformité',
                'verbose_name_plural': 'non-conformités',
                'ordering': ['bites_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('lapsed_at__isnull', True), ('mended_at__isnull', True)), fields=['owner_role', 'owner_at'], name='nonconformity_by_owner'), models.Index(fields=['-found_at'], name='nonconformity_by_instant')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('lapsed_at__isnull', True), ('mended_at__isnull', True)), fields=('case', 'clause', 'establishment', 'member'), name='one_open_nonconformity_a_subject', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('establishment__isnull', True), ('member__isnull', True), ('subject', 'request')), models.Q(('establishment__isnull', False), ('member__isnull', True), ('subject', 'site')), models.Q(('establishment__isnull', True), ('member__isnull', False), ('subject', 'member')), _connector='OR'), name='nonconformity_names_its_subject'), models.CheckConstraint(condition=models.Q(('bites_at__gte', models.F('found_at')), models.Q(('bitten_at__isnull', True), ('bitten_at__gte', models.F('bites_at')), _connector='OR')), name='nonconformity_bites_after_its_grace'), models.CheckConstraint(condition=models.Q(models.Q(('bitten_at__isnull', True), ('bitten_by__isnull', True)), models.Q(('bitten_by__isnull', True), models.Q(('subject', 'request'), _negated=True)), models.Q(('bitten_at__isnull', False), ('bitten_by__isnull', False), ('subject', 'request')), _connector='OR'), name='nonconformity_of_the_whole_bites_by_decision'), models.CheckConstraint(condition=models.Q(models.Q(('mended__isnull', True), ('mended_at__isnull', True), ('mended_facts__isnull', True)), models.Q(('mended__holds', True), ('mended__isnull', False), ('mended_at__gte', models.F('found_at')), ('mended_facts__isnull', False)), _connector='OR'), name='nonconformity_mended_by_a_satisfied_verdict'), models.CheckConstraint(condition=models.Q(models.Q(('lapsed_at__isnull', True), ('lapsed_because', '')), models.Q(('lapsed_at__isnull', False), ('mended_at__isnull', True), ('lapsed_because__in', ('left', 'ended'))), _connector='OR'), name='nonconformity_lapsed_says_why')],
            },
        ),
        migrations.RunSQL(STAYS, STAYS_REVERSE),
    ]
