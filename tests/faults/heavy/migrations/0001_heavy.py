"""An index and a column on the messages, as our own migrations make them."""

from pathlib import Path

from django.db import migrations, models

from common.db.online_migrations import AddIndexOnline
from rooms import migrations as ours

LAST = max(path.stem for path in Path(ours.__file__).parent.glob("0*.py"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rooms", LAST)]
    operations = [
        AddIndexOnline(model_name="message", index=models.Index(fields=["author", "at"], name="heavy_index")),
        migrations.AddField("message", "heavy", models.IntegerField(default=0, db_default=0)),
    ]

    def __init__(self, name, app_label):
        super().__init__(name, "rooms")
