"""What inventory brings to the house."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
        from inventory.items.queries import offer_reader
        from inventory.lots.scans import read_lot

        offer_reader(read_lot)
