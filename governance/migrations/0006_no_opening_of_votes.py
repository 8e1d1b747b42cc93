"""The instant at which a vote would have been opened: nothing wrote it, nothing read it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_judges_of_the_pool")]

    operations = [migrations.RemoveField(model_name="item", name="vote_opened_at")]
