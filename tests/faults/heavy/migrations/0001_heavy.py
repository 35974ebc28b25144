"""Adds an index and a column to the table of messages, by the operations that our own migrations use."""

from pathlib import Path

from django.db import migrations, models

from common.db.online_migrations import AddIndexGently
from rooms import migrations as rooms_migrations

LAST = max(path.stem for path in Path(rooms_migrations.__file__).parent.glob("0*.py"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rooms", LAST)]
    operations = [
        AddIndexGently(model_name="message", index=models.Index(fields=["author", "at"], name="heavy_index")),
        migrations.AddField("message", "heavy", models.IntegerField(default=0, db_default=0)),
    ]

    def __init__(self, name, app_label):
        super().__init__(name, "rooms")
