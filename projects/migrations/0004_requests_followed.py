from django.db import migrations

MARK = """
UPDATE governance_case SET followed = true
 WHERE id IN (SELECT request_id FROM projects_handler WHERE until IS NULL)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0020_cases_that_nobody_follows"),
        ("projects", "0003_reservations_erased"),
    ]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
