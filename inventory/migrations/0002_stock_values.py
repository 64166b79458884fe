"""A move between two sites has a value at each; an entry says how the item was valued then."""

import django.db.models.deletion
from django.db import migrations, models

import inventory.items.states


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="valueentry",
            name="valuation",
            field=models.CharField(
                choices=[("AVERAGE", "AVERAGE"), ("FIFO", "FIFO")],
                default=inventory.items.states.Valuation["AVERAGE"],
                max_length=12,
                verbose_name="valued by",
            ),
        ),
        migrations.AlterField(
            model_name="valueentry",
            name="move",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="value_entries",
                to="inventory.stockmove",
                verbose_name="stock move",
            ),
        ),
        migrations.AddIndex(model_name="valueentry", index=models.Index(fields=["site", "item", "at"], name="value_at")),
        migrations.AddConstraint(
            model_name="valueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("valuation__in", ["AVERAGE", "FIFO"])), name="value_valuation_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="valueentry",
            constraint=models.UniqueConstraint(fields=("move", "site"), name="value_once_a_move_and_site"),
        ),
    ]
