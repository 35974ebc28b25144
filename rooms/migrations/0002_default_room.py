"""A fresh server has exactly one room."""

import secrets

from django.db import migrations


def create_default_room(apps, schema_editor):
    rooms = apps.get_model("rooms", "Room").objects.using(schema_editor.connection.alias)
    if not rooms.filter(is_default=True).exists():
        rooms.create(
            name="Main", name_key="rnain", name_look="main", is_default=True, permanent=True, epoch=secrets.token_hex(4)
        )


class Migration(migrations.Migration):
    dependencies = [("rooms", "0001_initial")]
    operations = [migrations.RunPython(create_default_room, migrations.RunPython.noop)]
