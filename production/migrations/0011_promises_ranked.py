"""Forecasts lie in the order in which they are shown, so that a page reads its own rows only."""

from django.db import migrations, models

_RANK = models.Case(
    *(
        models.When(risk=risk, then=models.Value(rank))
        for rank, risk in enumerate(("LATE", "UNKNOWN", "TIGHT", "NONE"))
    ),
    output_field=models.IntegerField(),
)
_LATEST = models.OrderBy(models.F("late_s"), descending=True)


class Migration(migrations.Migration):
    dependencies = [("production", "0010_oee_sums")]

    operations = [
        migrations.RemoveIndex(model_name="lineforecast", name="line_forecast_risk"),
        migrations.RemoveIndex(model_name="orderforecast", name="order_forecast_risk"),
        migrations.AddIndex(
            model_name="lineforecast",
            index=models.Index(_RANK, _LATEST, models.F("promised_on"), models.F("id"), name="line_forecast_rank"),
        ),
        migrations.AddIndex(
            model_name="orderforecast",
            index=models.Index(_RANK, _LATEST, models.F("finish_at"), models.F("id"), name="order_forecast_rank"),
        ),
    ]
