"""What citizens find of an admitted request is kept apart: a search reads nothing else."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations

FILL = """
UPDATE projects_request SET public_search = ts_filter(search, '{a,b}')
WHERE EXISTS (
    SELECT 1 FROM governance_decision d
    WHERE d.case_id = projects_request.case_id AND d.step = 'admit'
)
"""


class Migration(migrations.Migration):

    dependencies = [('projects', '0005_spaces')]

    operations = [
        migrations.AddField(
            model_name='request',
            name='public_search',
            field=SearchVectorField(editable=False, null=True),
        ),
        # Rows of before bear the weights A and B on their public words.
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='request',
            index=GinIndex(fields=['public_search'], name='request_public_search'),
        ),
    ]
