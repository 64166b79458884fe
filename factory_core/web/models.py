"""Answers already given, so that a repeated tap has one effect and the same answer."""

from django.conf import settings
from django.db import models

from factory_core.tables import PLANT_WIDE, Projection


class AnsweredRequest(Projection):
    """An act asked for under an Idempotency-Key: written in the transaction of the act, kept 72 hours."""

    scope_path = PLANT_WIDE
    view_capability = "health.view"

    key = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Of method, path and body: the same key with another wish is a fault of the caller.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="answered_once")]
        indexes = [models.Index(fields=["at"], name="answered_at")]
