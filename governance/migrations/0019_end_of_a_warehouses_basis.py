import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0017_services_and_stand_ins'),
    ]

    operations = [
        migrations.AddField(
            model_name='warehousestanding',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.storedfile'),
        ),
        migrations.AddField(
            model_name='warehousestanding',
            name='until',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='warehousestanding',
            name='warned',
            field=models.SmallIntegerField(blank=True, null=True),
        ),
    ]
