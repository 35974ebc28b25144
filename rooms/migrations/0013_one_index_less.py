"""Others begin with the same column, and every message pays for each."""

import django.db.models.deletion
from django.db import migrations, models

from common.db.online_migrations import DropColumnIndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rooms", "0012_announcements")]
    operations = [
        DropColumnIndexOnline(
            model_name="message",
            name="room",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="rooms.room",
                verbose_name="room",
            ),
        ),
    ]
