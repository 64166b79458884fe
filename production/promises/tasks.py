"""Forecasts follow the clock: shifts pass, stops last longer, deliveries do not come."""

from procrastinate.contrib.django import app

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from production.promises.queries.pages import sites_to_forecast
from production.promises.services import forecast_site


@app.periodic(cron="*/5 * * * *")
@app.task(name="production.forecast_all", queueing_lock="production.forecast_all", pass_context=False)
def forecast_all(timestamp: int) -> None:
    """Make the forecasts of every site anew."""
    for site in sites_to_forecast():
        forecast_one(site_id=site.pk)


@app.task(name="production.forecast_site", pass_context=False)
def forecast_one(*, site_id: int) -> None:
    """Make the forecasts of one site anew."""
    service = service_user("promises")
    for site in sites_to_forecast().filter(pk=site_id):
        with acting(service, channel="worker"):
            forecast_site(actor=service, site=site, at=now())
