"""How the factory's books come over from an old system; each module offers one kind."""


def offer_master_data() -> None:
    """What everything else is said of, in the order in which a factory brings it over."""
    from inventory.importers import groups, items, locations, lots, opening_stock, prices, supplier_items, units

    for module in (units, groups, items, supplier_items, prices, locations, lots, opening_stock):
        module.offer()


def offer_documents() -> None:
    """What is to come and to go, and what moved before."""
    from inventory.importers import purchase_orders, sales_orders, stock_history

    for module in (purchase_orders, sales_orders, stock_history):
        module.offer()
