"""The floor, and the roof that composes what stands on it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactoryCoreConfig(AppConfig):
    name = "factory_core"
    verbose_name = _("Plant")

    def ready(self) -> None:
        from factory_core import checks, lookups  # noqa: F401 - the import registers them
        from factory_core.jobs.wiring import wire
        from factory_core.partners import importers as partners
        from factory_core.partners.queries import partners_found
        from factory_core.people import importers as people
        from factory_core.plant import importers as machines
        from factory_core.web.finders import offer_finder
        from factory_core.web.links import offer_link
        from factory_core.web.navigation import Entry, offer
        from factory_core.wiring import WIRING

        checks.register_all()
        wire(WIRING)
        offer(Entry("/partners/", _("Partners"), "partner.manage", 65))
        # Whoever brings things over finds it at the front, whoever looks at what came among the rest.
        offer(Entry("/imports/", _("Imports"), "import.run", 4))
        offer(Entry("/imports/", _("Imports"), "import.view", 62))
        offer_finder("partner.view", partners_found)
        machines.offer()
        people.offer()
        partners.offer()
        offer_link("factory_core.importrun", lambda key, label: f"/imports/{key}/")
        offer_link("factory_core.partner", lambda key, label: f"/partners/{key}/")
        offer(Entry("/health/", _("Health"), "health.view", 60))
        offer(Entry("/people/rights/", _("Rights"), "people.manage", 70))
        offer(Entry("/admin/", _("Administration"), "admin.use", 80))
