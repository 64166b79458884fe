"""What production brings to the house."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductionConfig(AppConfig):
    name = "production"
    verbose_name = _("Production")

    def ready(self) -> None:
        from factory_core.web.finders import offer_finder
        from factory_core.web.links import offer_link
        from factory_core.web.navigation import Entry, offer
        from inventory.items.panels import offer_panel
        from inventory.replenishment.demand import offer_demand, offer_planner
        from production.costing.importers import offer as offer_centres
        from production.costing.panels import ROLLED_UP
        from production.materials.demand import COVERED, open_material
        from production.materials.panels import material_link
        from production.orders.gates import offer_gate
        from production.orders.importers import offer as offer_order_kinds
        from production.orders.panels import find_orders, operation_link, order_link
        from production.planning.services.covered import items_planned
        from production.products.importers import offer as offer_structures
        from production.products.panels import MADE_OF, bom_link, centre_link, routing_link
        from production.promises.services.forgetting import forget_taken_back
        from production.reports.definitions import offer_reports
        from production.shopfloor.queries.floor import machines_found
        from production.shopfloor.services.working import refuse_unfinished

        offer_finder("production.view", machines_found)
        offer_finder("production.view", find_orders)
        offer_link("production.productionorder", order_link)
        offer_link("production.orderoperation", operation_link)
        offer(Entry("/orders/", _("Production orders"), "production.view", 15))
        offer_gate(refuse_unfinished)
        offer_panel(ROLLED_UP)
        offer_panel(MADE_OF)
        offer_centres()
        offer_structures()
        offer_link("production.bom", bom_link)
        offer_link("production.routing", routing_link)
        offer_link("production.workcentre", centre_link)
        offer(Entry("/work-centres/", _("Work centres"), "production.product.view", 80))
        offer(Entry("/floor/", _("Floor"), "production.view", 10))
        offer(Entry("/today/", _("Today"), "production.report.view", 5))
        offer(Entry("/reports/", _("Reports"), "production.report.view", 70))
        offer_reports()
        offer_link("production.orderreport", lambda _key, label: f"/reports/new/order/?order={label}")
        offer_link("production.orderfigures", lambda _key, label: f"/oee/orders/{label}/")
        offer_link("production.reportrun", lambda key, _label: f"/reports/{key}/")
        offer_demand(open_material, covers=COVERED)
        offer_planner(items_planned)
        offer_link("production.ordermaterial", material_link)
        offer(Entry("/labour/", _("Working time"), "production.labour.view", 55))
        offer(Entry("/handover/", _("Handover"), "production.handover.sign", 25))
        offer_link("production.handover", lambda key, _label: f"/handover/{key}/")
        offer(Entry("/shift/", _("Shift"), "production.downtime.edit", 20))
        offer(Entry("/promises/", _("Promises"), "production.view", 35))
        offer(Entry("/oee/", _("OEE"), "production.view", 25))
        offer_link("production.shiftaccount", lambda key, _label: f"/oee/accounts/{key}/")
        offer(Entry("/costing/", _("Costs"), "production.cost.view", 58))
        offer(Entry("/plan/", _("Plan"), "production.planning.view", 12))
        offer_link("production.planningrun", lambda _key, _label: "/plan/runs/")
        offer_order_kinds(after_undo=forget_taken_back)
