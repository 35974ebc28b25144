"""An index of a table that may be large by now, made while people talk."""

from django.db import migrations, models

from common.db.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rooms", "0010_order_and_reports")]
    operations = [
        AddIndexOnline(
            model_name="membership",
            index=models.Index(condition=models.Q(muted_at__isnull=False), fields=["room"], name="muted_members"),
        ),
    ]
