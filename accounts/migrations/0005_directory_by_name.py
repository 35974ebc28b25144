"""The directory in pages, and counted without a look at every user."""

from django.db import migrations, models
from django.db.models.functions import Lower

from common.db.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0004_bots")]
    operations = [
        AddIndexOnline(
            model_name="user",
            index=models.Index(Lower("username"), condition=models.Q(is_active=True), name="directory_by_name"),
        ),
        AddIndexOnline(model_name="user", index=models.Index("is_active", name="users_counted")),
    ]
