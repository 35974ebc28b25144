"""`Departure` becomes `AccountDeletion`. The table keeps its name, so that no SQL runs."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_departures'),
    ]

    operations = [
        migrations.AlterModelTable('Departure', 'accounts_departure'),
        migrations.RenameModel('Departure', 'AccountDeletion'),
    ]
