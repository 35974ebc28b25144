from django.db import migrations


class Migration(migrations.Migration):
    """Another name for a model's class; its table keeps its own, so this runs no SQL."""

    dependencies = [("rooms", "0016_names_for_the_desk")]

    operations = [
        migrations.AlterModelTable(name="pulse", table="rooms_pulse"),
        migrations.RenameModel(old_name="Pulse", new_name="ServerEvent"),
    ]
