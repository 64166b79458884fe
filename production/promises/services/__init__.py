"""Forecasts are made anew, and a date is proposed to a customer who asks."""

from production.promises.services.forecasting import forecast_site

__all__ = ["forecast_site"]
