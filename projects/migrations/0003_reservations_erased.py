from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0002_reservations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reservationanswer',
            name='answer_checked_with_a_reason',
        ),
        migrations.AddConstraint(
            model_name='reservationanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted__isnull', True), ('checked_at__isnull', True), ('checked_by__isnull', True)), models.Q(('accepted__isnull', False), ('checked_at__isnull', False), ('checked_by__isnull', False), models.Q(models.Q(('reason', ''), _negated=True), ('text', ''), _connector='OR')), _connector='OR'), name='answer_checked_with_a_reason'),
        ),
    ]
