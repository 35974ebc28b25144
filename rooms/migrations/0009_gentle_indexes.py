"""Indexes of tables that may be large by now, made while people talk."""

from django.db import migrations, models

from common.db.online_migrations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rooms", "0008_pulse")]
    operations = [
        AddIndexOnline(
            model_name="membership",
            index=models.Index(fields=["changed_at"], name="memberships_changed_lately"),
        ),
        AddIndexOnline(
            model_name="room",
            index=models.Index(fields=["closed_at"], name="room_by_closing"),
        ),
    ]
