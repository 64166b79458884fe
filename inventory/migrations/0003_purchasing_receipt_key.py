"""A receipt has the key of the tap that made it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_stock_values")]

    operations = [
        migrations.AddField(
            model_name="receipt",
            name="key",
            field=models.CharField(max_length=80, null=True, unique=True, verbose_name="key"),
        ),
    ]
