"""Gateways, devices and tags in the administration."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.policy import may, require
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.admin import PlantAdmin, PlantForm, concrete_field_names
from factory_core.web.doors import signed_in
from telemetry.devices import services
from telemetry.devices.models import Device, Gateway, RefusedSender, Tag
from telemetry.devices.queries import refused_senders, visible_tags


@admin.register(Gateway)
class GatewayAdmin(PlantAdmin):
    """A gateway is never deleted: its readings name it. Secrets are shown once, in the answer of an action."""

    group = "devices"
    manage_capability = "telemetry.device.manage"
    form = PlantForm
    fields = ("code", "name", "site", "status", "history_from", "read_version")
    readonly_fields = ("status",)
    list_display = ("code", "name", "site", "status", "last_seen", "waiting_rows", "clock", "two_senders")
    list_filter = ("status", "site")
    list_select_related = ("site", "health")
    search_fields = ("code", "name")
    actions = ("issue_code", "rotate", "end_old", "revoke")

    def get_readonly_fields(self, request: HttpRequest, obj: Gateway | None = None) -> tuple[str, ...]:
        """The code names the gateway in its own files and stays."""
        return ("status", "code", "site") if obj else ("status",)

    @admin.display(description=gettext_lazy("last seen"))
    def last_seen(self, gateway: Gateway) -> Any:
        """When anything last came from it."""
        return getattr(getattr(gateway, "health", None), "last_seen_at", None)

    @admin.display(description=gettext_lazy("rows waiting"))
    def waiting_rows(self, gateway: Gateway) -> Any:
        """Rows in its buffer."""
        return getattr(getattr(gateway, "health", None), "spool_rows", None)

    @admin.display(description=gettext_lazy("clock offset (ms)"))
    def clock(self, gateway: Gateway) -> Any:
        """How far its clock is ahead."""
        return getattr(getattr(gateway, "health", None), "clock_offset_ms", None)

    @admin.display(description=gettext_lazy("two senders seen"))
    def two_senders(self, gateway: Gateway) -> str:
        """When a copy of its buffer was seen at work; in words, since a red cross would look like a fault."""
        seen = getattr(getattr(gateway, "health", None), "clone_suspected_at", None)
        return _("yes, %(at)s") % {"at": date_format(localtime(seen), "SHORT_DATETIME_FORMAT")} if seen else _("no")

    def has_enrol_permission(self, request: HttpRequest) -> bool:
        """For the actions."""
        return may(request.user, "telemetry.gateway.enrol")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new gateway comes by the act, so that the story of the plant tells it."""
        if change:
            super().save_model(request, obj, form, change)
            return
        made = services.register_gateway(
            actor=signed_in(request),
            code=obj.code,
            name=obj.name,
            site=obj.site,
            history_from=obj.history_from,
            at=now(),
        )
        obj.pk, obj.version = made.pk, made.version

    @admin.action(description=gettext_lazy("Make a one-time enrolment code"), permissions=["enrol"])
    def issue_code(self, request: HttpRequest, gateways: QuerySet[Gateway]) -> None:
        """Show a fresh code for each chosen gateway, once."""
        told = gettext_lazy("Enrolment code of {}, valid for 15 minutes and once, shown only now: {}")
        self._each(request, gateways, services.issue_enrolment_code, told)

    @admin.action(description=gettext_lazy("Make a new token; the present one stays valid"), permissions=["enrol"])
    def rotate(self, request: HttpRequest, gateways: QuerySet[Gateway]) -> None:
        """Show a fresh token for each chosen gateway, once."""
        self._each(request, gateways, services.rotate_token, gettext_lazy("New token of {}, shown only now: {}"))

    @admin.action(description=gettext_lazy("End the older of two tokens"), permissions=["enrol"])
    def end_old(self, request: HttpRequest, gateways: QuerySet[Gateway]) -> None:
        """After the gateway took its new token."""
        self._each(request, gateways, services.end_old_token, gettext_lazy("The old token of {} ended."))

    @admin.action(description=gettext_lazy("Revoke: close the door to it"), permissions=["enrol"])
    def revoke(self, request: HttpRequest, gateways: QuerySet[Gateway]) -> None:
        """Revoke the chosen gateways."""
        for gateway in gateways:
            services.revoke_gateway(
                actor=signed_in(request), gateway_id=gateway.pk, at=now(), reason=_("in the administration")
            )
            self.message_user(request, _("%(gateway)s was revoked.") % {"gateway": gateway.code}, messages.SUCCESS)

    def _each(self, request: HttpRequest, gateways: QuerySet[Gateway], act: Any, told: Any) -> None:
        for gateway in gateways:
            try:
                secret = act(actor=signed_in(request), gateway_id=gateway.pk, at=now())
            except Refusal as refusal:
                self.message_user(request, refusal.sentence, messages.ERROR)
            else:
                self.message_user(request, format_html(str(told), gateway.code, secret), messages.WARNING)


@admin.register(Device)
class DeviceAdmin(PlantAdmin):
    group = "devices"
    manage_capability = "telemetry.device.manage"
    form = PlantForm
    fields = ("gateway", "code", "protocol", "address", "enabled", "read_version")
    list_display = ("code", "gateway", "protocol", "address", "enabled")
    list_filter = ("gateway", "protocol", "enabled")
    list_select_related = ("gateway",)
    search_fields = ("code", "address")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The gateway reads what is in use; how a device is reached is set on the page of its gateway."""
        super().save_model(request, obj, form, change)
        services.tell_gateway(actor=signed_in(request), gateway_id=obj.gateway_id, at=now())


@admin.register(Tag)
class TagAdmin(PlantAdmin):
    """A tag says which decision it serves; its name stays, since the gateway knows it by that."""

    group = "devices"
    manage_capability = "telemetry.device.manage"
    form = PlantForm
    fields = (
        "gateway", "name", "decision", "machine", "device", "kind", "unit", "expected_period_s", "min_value",
        "max_value", "enabled", "read_version",
    )  # fmt: skip
    list_display = ("name", "gateway", "machine", "kind", "unit", "decision", "enabled")
    list_filter = ("gateway", "kind", "enabled")
    list_select_related = ("gateway", "machine")
    search_fields = ("name", "decision")

    def get_readonly_fields(self, request: HttpRequest, obj: Tag | None = None) -> tuple[str, ...]:
        """What stored readings rely on stays."""
        return ("gateway", "name", "kind") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        """Tags without a machine are seen by those who see their gateway."""
        return super(PlantAdmin, self).get_queryset(request).filter(pk__in=visible_tags(request.user).values("pk"))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As the list."""
        if obj is None:
            return may(request.user, self.view_capability)
        return visible_tags(request.user).filter(pk=obj.pk).exists()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever manages the gateway manages its tags."""
        return may(request.user, self.manage_capability, obj.gateway if obj else None)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new tag comes by the act, so that the story of the plant tells it."""
        if change:
            require(request.user, self.manage_capability, obj.gateway)
            obj.version += 1
            obj.save()
            services.tell_gateway(actor=signed_in(request), gateway_id=obj.gateway_id, at=now())
            return
        made = services.add_tag(
            actor=signed_in(request), gateway_id=obj.gateway_id, name=obj.name, decision=obj.decision, at=now(),
            kind=obj.kind, machine=obj.machine, device=obj.device, unit=obj.unit,
            expected_period_s=obj.expected_period_s, min_value=obj.min_value, max_value=obj.max_value,
        )  # fmt: skip
        obj.pk, obj.version = made.pk, made.version


@admin.register(RefusedSender)
class RefusedSenderAdmin(PlantAdmin):
    """Who knocked and was not let in. Nobody enters by being accepted here: register a gateway instead."""

    group = "looks"
    list_display = ("address", "mark", "why", "gateway", "attempts", "first_at", "last_at")
    list_filter = ("why",)
    fields = tuple(concrete_field_names(RefusedSender))

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefusedSender]:
        """A stranger has no place: whoever manages devices sees it."""
        return refused_senders(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As the list."""
        return may(request.user, self.view_capability)
