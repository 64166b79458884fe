"""Forecasts are made anew, and a date is proposed to a customer who asks."""

from production.promises.services.forecasting import forecast_site
from production.promises.services.proposing import Proposal, when_could

__all__ = ["Proposal", "forecast_site", "when_could"]
