"""What production brings to the house."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductionConfig(AppConfig):
    name = "production"
    verbose_name = _("Production")

    def ready(self) -> None:
        from factory_core.web.finders import offer_finder
        from factory_core.web.navigation import Entry, offer
        from inventory.replenishment.demand import offer_demand
        from production.materials.demand import COVERED, open_material
        from production.reports.definitions import offer_reports
        from production.shopfloor.queries.floor import machines_found

        offer_finder("production.view", machines_found)
        offer(Entry("/floor/", _("Floor"), "production.view", 10))
        offer(Entry("/today/", _("Today"), "production.report.view", 5))
        offer(Entry("/reports/", _("Reports"), "production.report.view", 70))
        offer_reports()
        offer_demand(open_material, covers=COVERED)
        offer(Entry("/shift/", _("Shift"), "production.downtime.edit", 20))
        offer(Entry("/promises/", _("Promises"), "production.view", 35))
