"""Calls for help from a machine."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Machine
from factory_core.tables import Record
from production.shopfloor.states import HelpKind


class HelpCall(Record):
    """Somebody at a machine asked for somebody to come; open until answered. One open call a machine and kind."""

    scope_path = "machine"
    view_capability = "production.view"

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="help_calls", verbose_name=_("machine"))
    kind = models.CharField(_("who should come"), max_length=12, choices=[(k.value, k.value) for k in HelpKind])
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("called by")
    )
    at = models.DateTimeField(_("called at"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("help call")
        verbose_name_plural = _("help calls")
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(HelpKind)), name="help_kind_known"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__gte=F("at"), answered_by__isnull=False),
                name="help_answered_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["machine", "kind"], condition=Q(answered_at=None), name="help_one_open_call"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine} · {self.kind}"
