"""The table of the search index."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.TextField()),
                ("book", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="shop.book")),
            ],
            options={
                "verbose_name_plural": "index entries",
            },
        ),
    ]
