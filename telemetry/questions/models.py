"""What people ask gateways about their devices."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.tables import Projection
from telemetry.devices.models import Gateway


class QuestionKind(models.TextChoices):
    BROWSE = "browse", _("what there is")
    READ = "read", _("values now")


class GatewayQuestion(Projection):
    """A look into a device through its gateway: asked by a person at a page, answered within seconds, soon deleted."""

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="questions", verbose_name=_("gateway"))
    kind = models.CharField(_("kind"), max_length=10, choices=QuestionKind.choices)
    # The device's settings as in the gateway's configuration; secrets are files on the gateway and never here.
    device = models.JSONField(_("device"))
    address = models.CharField(_("address"), max_length=400, blank=True)
    addresses = models.JSONField(_("addresses"), default=list)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    # As `telemetry.edge.questions.Answer` has it: what was found, and whether there is more.
    answer = models.JSONField(_("answer"), null=True)
    trouble = models.TextField(_("trouble"), blank=True)

    class Meta:
        verbose_name = _("question to a gateway")
        verbose_name_plural = _("questions to gateways")
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=QuestionKind.values), name="question_kind_known")
        ]
        indexes = [
            models.Index(fields=["gateway"], condition=models.Q(answered_at=None), name="question_open"),
            models.Index(fields=["asked_at"], name="question_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_id} {self.kind} {self.address}"
