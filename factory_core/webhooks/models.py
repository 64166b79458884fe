"""Webhooks and the messages that go to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.events.models import Event
from factory_core.plant.models import Site
from factory_core.tables import Projection, Record
from factory_core.webhooks.states import Sending
from factory_core.words import known_word, word_field


class Webhook(Record):
    """A program that is told what happens at a site.

    `events` are names of events, or `orders.*` for all of a topic. The secret lies sealed under the plant's own key.
    """

    scope_path = "site"
    view_capability = "webhook.manage"
    trail_label = ("name",)

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(_("address"), max_length=400, help_text=_("http://… or https://… in the plant's net"))
    events = ArrayField(
        models.CharField(max_length=80), verbose_name=_("events"),
        help_text=_("names of events, parted by commas; orders.* means all of a topic"),
    )  # fmt: skip
    sealed = models.CharField(max_length=400, editable=False, default="")
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="webhook_once")]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(Projection):
    """One event on its way to one webhook; added by the database in the event's own transaction.

    Without an event it is a test. The receiver knows it by its id, however often it comes.
    """

    scope_path = "webhook__site"
    view_capability = "webhook.manage"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", null=True, verbose_name=_("event"))
    status = word_field(_("status"), Sending, default=Sending.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    answer = models.CharField(_("last answer"), max_length=200, blank=True, default="")
    made_at = models.DateTimeField(_("since"))
    tried_at = models.DateTimeField(_("last tried"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            known_word("status", Sending, "webhook_delivery_status_known"),
            models.UniqueConstraint(fields=["webhook", "event"], name="webhook_delivery_once"),
        ]
        indexes = [models.Index(fields=["status", "id"], name="webhook_delivery_waiting",
                                condition=models.Q(status=Sending.WAITING.value))]  # fmt: skip
