"""The edge nodes of Sparkplug B that the host hears, with all it needs to go on after a restart."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.tables import Projection
from telemetry.devices.models import Gateway


class NodeState(models.TextChoices):
    UNBORN = "unborn", _("no birth heard")
    ALIVE = "alive", _("alive")
    DEAD = "dead", _("dead")


class SparkplugNode(Projection):
    """An edge node by `group/node`; without a gateway it waits to be let in, and nothing it says is stored."""

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"

    name = models.CharField(_("group/node"), max_length=200, unique=True)
    gateway = models.OneToOneField(
        Gateway, on_delete=models.SET_NULL, null=True, related_name="sparkplug_node", verbose_name=_("gateway")
    )
    state = models.CharField(_("state"), max_length=10, choices=NodeState.choices, default=NodeState.UNBORN)
    bd_seq = models.DecimalField(_("birth/death number"), max_digits=20, decimal_places=0, null=True)
    expected_seq = models.PositiveSmallIntegerField(_("next message number"), null=True)
    born_at = models.DateTimeField(_("last birth"), null=True)
    died_at = models.DateTimeField(_("last death"), null=True)
    seen_at = models.DateTimeField(_("last heard"), null=True)
    # Why a rebirth is wanted now; empty when none is.
    need = models.CharField(_("asked for its births because of"), max_length=100, blank=True)
    rebirths_asked = models.BigIntegerField(_("rebirths asked"), default=0)
    seq_jumps = models.BigIntegerField(_("jumps in the numbering"), default=0)
    unknown_aliases = models.BigIntegerField(_("values without a known name"), default=0)
    refused_values = models.BigIntegerField(_("values refused"), default=0)
    repeated = models.BigIntegerField(_("messages repeated"), default=0)
    old_deaths = models.BigIntegerField(_("old deaths ignored"), default=0)
    undecodable = models.BigIntegerField(_("messages nobody can read"), default=0)
    # JSON of `rules.tables`: names, aliases and datatypes by device; numbering, throttle, last messages.
    births = models.TextField(default="{}", editable=False)
    memory = models.TextField(default="{}", editable=False)

    class Meta:
        verbose_name = _("Sparkplug node")
        verbose_name_plural = _("Sparkplug nodes")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=NodeState.values), name="sparkplug_state_known")
        ]

    def __str__(self) -> str:
        return self.name
