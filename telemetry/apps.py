"""What telemetry brings to the house."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TelemetryConfig(AppConfig):
    name = "telemetry"
    verbose_name = _("Telemetry")

    def ready(self) -> None:
        from factory_core.processes.offers import offer_part
        from factory_core.web.navigation import Entry, offer
        from telemetry.devices.checks import gateways_part, identity_part, newcomers_part
        from telemetry.importers import readings
        from telemetry.sparkplug.checks import sparkplug_part

        for part in (gateways_part, identity_part, newcomers_part):
            offer_part(part)
        offer_part(sparkplug_part)
        readings.offer()
        offer(Entry("/gateways/", _("Gateways"), "telemetry.device.view", 40))
