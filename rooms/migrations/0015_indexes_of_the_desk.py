"""Indexes for the staff's desk, made while people talk."""

from django.db import migrations, models

from common.db.online_migrations import AddIndexGently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rooms", "0014_who_muted_and_what_became")]
    operations = [
        AddIndexGently(
            model_name="membership",
            index=models.Index(
                condition=models.Q(muted_by__isnull=False), fields=["muted_by"], name="muted_by_whom"
            ),
        ),
        AddIndexGently(
            model_name="report",
            index=models.Index(fields=["-settled_at", "-id"], name="reports_open_first"),
        ),
    ]
