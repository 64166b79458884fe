"""Production orders and scrap of the old system come over."""

from collections.abc import Callable

from production.orders.importers.orders import offer_orders
from production.orders.importers.scrap import offer_reasons, offer_scrap


def offer(after_undo: Callable[..., None]) -> None:
    """Reasons first: orders and rows of scrap name them. `after_undo`: what higher rooms do once orders are gone."""
    offer_reasons()
    offer_orders(after_undo)
    offer_scrap()
