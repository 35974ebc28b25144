"""Indexes for the staff's desk, made while people talk."""

from django.db import migrations, models

from common.db.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rooms", "0014_who_muted_and_what_became")]
    operations = [
        AddIndexOnline(
            model_name="membership",
            index=models.Index(
                condition=models.Q(muted_by__isnull=False), fields=["muted_by"], name="muted_by_whom"
            ),
        ),
        AddIndexOnline(
            model_name="report",
            index=models.Index(fields=["-settled_at", "-id"], name="reports_open_first"),
        ),
    ]
