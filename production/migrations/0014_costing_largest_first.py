"""Settled orders lie in the order in which they are listed, so that a page reads its own rows only."""

from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Abs, Cast

_VARIANCE = Cast(KeyTextTransform("total", "variances"), models.DecimalField(max_digits=24, decimal_places=6))


class Migration(migrations.Migration):
    dependencies = [("production", "0013_products_covering")]

    operations = [
        migrations.AddIndex(
            model_name="costsheet",
            index=models.Index(
                models.OrderBy(Abs(_VARIANCE), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="cost_sheet_largest",
            ),
        ),
    ]
