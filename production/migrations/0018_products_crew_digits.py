"""People for an operation with six digits: the labour time of a lot that another system tells stays what it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("production", "0017_planning_base"),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderoperation",
            name="run_crew",
            field=models.DecimalField(decimal_places=6, default=1, max_digits=10, verbose_name="people while it runs"),
        ),
        migrations.AlterField(
            model_name="orderoperation",
            name="setup_crew",
            field=models.DecimalField(decimal_places=6, default=1, max_digits=10, verbose_name="people for set-up"),
        ),
        migrations.AlterField(
            model_name="routingoperation",
            name="run_crew",
            field=models.DecimalField(decimal_places=6, default=1, max_digits=10, verbose_name="people while it runs"),
        ),
        migrations.AlterField(
            model_name="routingoperation",
            name="setup_crew",
            field=models.DecimalField(decimal_places=6, default=1, max_digits=10, verbose_name="people for set-up"),
        ),
    ]
