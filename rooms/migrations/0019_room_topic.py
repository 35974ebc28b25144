from django.db import migrations, models


class Migration(migrations.Migration):
    """In SQL, because Django would make the table anew on SQLite; with a default that older releases rely on."""

    dependencies = [("rooms", "0018_singleton_job")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE rooms_room ADD COLUMN topic varchar(250) DEFAULT '' NOT NULL",
            "ALTER TABLE rooms_room DROP COLUMN topic",
            state_operations=[
                migrations.AddField(
                    "room",
                    "topic",
                    models.CharField("topic", blank=True, db_default="", default="", max_length=250),
                )
            ],
        )
    ]
