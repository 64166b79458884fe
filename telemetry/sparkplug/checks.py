"""The line about Sparkplug nodes on the Health page; plants without any have none."""

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from factory_core.processes.rules import Colour, Part
from telemetry.devices.models import GatewayStatus
from telemetry.sparkplug.models import NodeState, SparkplugNode


def sparkplug_part() -> Part | None:
    """Whether every node that was let in is alive, and what Sparkplug cannot promise."""
    in_use = Q(gateway__status=GatewayStatus.ACTIVE)
    counts = SparkplugNode.objects.aggregate(
        all=Count("pk", filter=in_use),
        alive=Count("pk", filter=in_use & Q(state=NodeState.ALIVE)),
        asked=Count("pk", filter=in_use & ~Q(need="")),
    )
    if not counts["all"]:
        return None
    away = counts["all"] - counts["alive"]
    if away:
        sentence = ngettext(
            "%(n)d of %(all)d Sparkplug nodes is not there: its values are shown as stale.",
            "%(n)d of %(all)d Sparkplug nodes are not there: their values are shown as stale.",
            away,
        ) % {"n": away, "all": counts["all"]}
    elif counts["asked"]:
        sentence = ngettext(
            "%(n)d Sparkplug node was asked for its births and has not answered yet.",
            "%(n)d Sparkplug nodes were asked for their births and have not answered yet.",
            counts["asked"],
        ) % {"n": counts["asked"]}
    else:
        sentence = ngettext("%(n)d Sparkplug node is alive.", "All %(n)d Sparkplug nodes are alive.", counts["all"]) % {
            "n": counts["all"]
        }
    colour = Colour.AMBER if away or counts["asked"] else Colour.GREEN
    return Part("sparkplug", colour, sentence + " " + _("Loss is possible during a broker outage."))
