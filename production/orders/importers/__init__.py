"""Production orders and scrap of the old system come over."""

from production.orders.importers.orders import offer_orders
from production.orders.importers.scrap import offer_reasons, offer_scrap


def offer() -> None:
    """Reasons first: orders and rows of scrap name them."""
    offer_reasons()
    offer_orders()
    offer_scrap()
