"""The line about gateways on the Health page. Counts only: whose gateways they are is told by the administration."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from factory_core.clock import now
from factory_core.processes.rules import Colour, Part
from telemetry.devices.models import Gateway, GatewayStatus
from telemetry.devices.queries import silent_gateways


def gateways_part() -> Part:
    """Whether every enrolled gateway is heard."""
    active = Gateway.objects.filter(status=GatewayStatus.ACTIVE).count()
    silent = len(silent_gateways(now()))
    if not active:
        return Part("gateways", Colour.AMBER, _("No gateway is enrolled yet: no machine reports anything."))
    if silent:
        sentence = ngettext(
            "%(n)d of %(all)d gateways is silent: its machines show no data. Look at its power and network.",
            "%(n)d of %(all)d gateways are silent: their machines show no data. Look at their power and network.",
            silent,
        )
        return Part(
            "gateways", Colour.RED if silent == active else Colour.AMBER, sentence % {"n": silent, "all": active}
        )
    sentence = ngettext("%(n)d gateway reports.", "All %(n)d gateways report.", active)
    return Part("gateways", Colour.GREEN, sentence % {"n": active})
