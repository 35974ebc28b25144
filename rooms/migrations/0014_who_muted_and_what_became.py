"""Columns that are empty at first, which locks no table for longer than a moment: no constraint is checked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0013_one_index_less"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Muted",
            fields=[],
            options={
                "verbose_name": "muted person",
                "verbose_name_plural": "muted people",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("rooms.membership",),
        ),
        migrations.AddField(
            model_name="membership",
            name="muted_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="muted by",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="outcome",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
    ]
