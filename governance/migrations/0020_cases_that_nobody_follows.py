from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0019_end_of_a_warehouses_basis"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="followed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("followed", False)),
                fields=["lead", "state"],
                name="case_not_followed",
            ),
        ),
    ]
