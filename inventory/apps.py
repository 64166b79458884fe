"""What inventory brings to the house."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
        from factory_core.web.finders import offer_finder
        from factory_core.web.links import offer_link
        from factory_core.web.navigation import Entry, offer
        from inventory.dispatch.panels import dispatch_link, find_dispatches
        from inventory.importers import offer_documents, offer_master_data
        from inventory.items.panels import find_items, item_link, offer_panel
        from inventory.items.queries import offer_reader
        from inventory.lots.finding import find_lots
        from inventory.lots.scans import read_lot
        from inventory.purchasing.panels import ON_ORDER, enquiry_link, find_orders, order_link, request_link
        from inventory.replenishment.demand import offer_demand
        from inventory.replenishment.panels import rule_link, suggestion_link
        from inventory.sales.demand import COVERED, open_demand
        from inventory.sales.panels import find_sales_orders
        from inventory.sales.panels import order_link as sales_link
        from inventory.stock.finding import count_link, find_counts, find_places, place_link
        from inventory.stock.item_panel import IN_STOCK, OLD_MOVES

        offer_reader(read_lot)
        offer(Entry("/items/", _("Items"), "inventory.item.view", 60))
        offer_link("inventory.item", item_link)
        offer_finder("inventory.item.view", find_items)
        offer(Entry("/stock/", _("Stock"), "inventory.stock.view", 30))
        offer_link("inventory.lot", lambda key, _label: f"/lots/{key}/")
        offer_link("inventory.stockmove", lambda key, _label: f"/stock/moves/{key}/")
        offer_finder("inventory.stock.view", find_lots)
        offer(Entry("/purchasing/", _("Purchasing"), "inventory.purchasing.view", 40))
        offer_link("inventory.purchaseorder", order_link)
        offer_link("inventory.purchaserequest", request_link)
        offer_link("inventory.enquiry", enquiry_link)
        offer_finder("inventory.purchasing.view", find_orders)
        offer_panel(IN_STOCK)
        offer_panel(OLD_MOVES)
        offer_panel(ON_ORDER)
        offer_demand(open_demand, covers=COVERED)
        offer_link("inventory.suggestion", suggestion_link)
        offer_link("inventory.replenishmentrule", rule_link)
        offer(Entry("/sales/", _("Sales"), "inventory.sales.view", 45))
        offer_link("inventory.salesorder", sales_link)
        offer_finder("inventory.sales.view", find_sales_orders)
        offer(Entry("/dispatch/", _("Dispatch"), "inventory.dispatch.view", 50))
        for kind in ("dispatch", "dispatchline", "pick"):
            offer_link(f"inventory.{kind}", dispatch_link)
        offer_finder("inventory.dispatch.view", find_dispatches)
        offer_link("inventory.location", place_link)
        offer_link("inventory.stockcount", count_link)
        offer_finder("inventory.stock.view", find_places)
        offer_finder("inventory.stock.view", find_counts)
        offer(Entry("/labels/", _("Labels"), "inventory.label.print", 80))
        offer_master_data()
        offer_documents()
