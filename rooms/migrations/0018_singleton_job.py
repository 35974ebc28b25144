from django.db import migrations


class Migration(migrations.Migration):
    """A name in the code only: the table keeps its own, so older releases go on beside this one."""

    dependencies = [("rooms", "0016_names_for_the_desk")]

    operations = [
        migrations.AlterModelTable(name="duty", table="rooms_duty"),
        migrations.RenameModel(old_name="Duty", new_name="SingletonJob"),
    ]
