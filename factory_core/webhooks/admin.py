"""Webhooks in the administration: set up, tried out, and what came of their messages."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.admin import PlantAdmin, PlantForm
from factory_core.web.doors import signed_in
from factory_core.webhooks import services
from factory_core.webhooks.models import Webhook, WebhookDelivery


class WebhookForm(PlantForm):
    """Refuses an address outside the plant's networks before it is kept."""

    class Meta:
        model = Webhook
        fields = ("site", "name", "address", "events", "is_active")

    def clean_address(self) -> str:
        """The address, when messages may go there."""
        address = str(self.cleaned_data["address"]).strip()
        try:
            services.check_address(address)
        except Refusal as no:
            raise ValidationError(no.sentence) from no
        return address


@admin.register(Webhook)
class WebhookAdmin(PlantAdmin):
    """Programs that are told what happens."""

    group = "other"
    kinds_title = gettext_lazy("Webhooks")
    manage_capability = services.MANAGE
    form = WebhookForm
    list_display = ("name", "site", "address", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("site",)
    actions = ("test", "new_secret")

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """For the actions."""
        return may(request.user, self.manage_capability)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; a new one gets its secret, shown this once."""
        super().save_model(request, obj, form, change)
        if not change:
            self._tell_secret(request, obj)

    @admin.action(description=gettext_lazy("Send a test message"), permissions=["manage"])
    def test(self, request: HttpRequest, webhooks: QuerySet[Webhook]) -> None:
        """A message without an event, within seconds."""
        for webhook in webhooks.select_related("site"):
            try:
                services.send_test(actor=signed_in(request), webhook=webhook, at=now())
            except Refusal as no:
                self.message_user(request, no.sentence, messages.ERROR)
                continue
            self.message_user(
                request, _("A test goes to %(name)s; its answer stands under deliveries.") % {"name": webhook.name}
            )

    @admin.action(description=gettext_lazy("Give a new secret"), permissions=["manage"])
    def new_secret(self, request: HttpRequest, webhooks: QuerySet[Webhook]) -> None:
        """The old one ends at once."""
        for webhook in webhooks.select_related("site"):
            try:
                self._tell_secret(request, webhook)
            except Refusal as no:
                self.message_user(request, no.sentence, messages.ERROR)

    def _tell_secret(self, request: HttpRequest, webhook: Webhook) -> None:
        secret = services.give_secret(actor=signed_in(request), webhook=webhook)
        told = _("Copy the secret of %(name)s now, it is shown only this once:") % {"name": webhook.name}
        self.message_user(request, format_html("{} {}", told, secret), messages.WARNING)


@admin.register(WebhookDelivery)
class DeliveryAdmin(PlantAdmin):
    """What went out, the last first, and how it was answered."""

    group = "other"
    kinds_title = gettext_lazy("Webhook deliveries")
    list_display = ("id", "webhook", "event", "status", "attempts", "answer", "tried_at")
    list_filter = ("status", "webhook")
    list_select_related = ("webhook", "event")
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only what happens goes out."""
        return False
