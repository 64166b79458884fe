"""Gateways, devices and tags in the administration."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.policy import may, require
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.people.models import User
from factory_core.web.admin import PlantAdmin, PlantForm, concrete_field_names
from factory_core.web.doors import signed_in
from telemetry.devices import services
from telemetry.devices.models import Device, Gateway, GatewayCertificate, Newcomer, RefusedSender, Tag
from telemetry.devices.queries import refused_senders, visible_tags


@admin.register(Gateway)
class GatewayAdmin(PlantAdmin):
    """A gateway is never deleted: its readings name it. Secrets are shown once, in the answer of an action."""

    group = "devices"
    manage_capability = "telemetry.device.manage"
    form = PlantForm
    fields = ("code", "name", "site", "status", "history_from", "read_version")
    readonly_fields = ("status",)
    list_display = (
        "code", "name", "site", "status", "last_seen", "program", "waiting_rows", "clock", "configuration",
        "certificate_end", "two_senders", "two_places",
    )  # fmt: skip
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

    @admin.display(description=gettext_lazy("program"))
    def program(self, gateway: Gateway) -> str:
        """The agent's version."""
        return str(getattr(getattr(gateway, "health", None), "version", ""))

    @admin.display(description=gettext_lazy("configuration in use / wanted"))
    def configuration(self, gateway: Gateway) -> str:
        """Both versions; a gateway that refuses the wanted one says why in its health."""
        detail = getattr(getattr(gateway, "health", None), "detail", None) or {}
        return f"{detail.get('config_version', 0)} / {gateway.config_version}"

    @admin.display(description=gettext_lazy("certificate until"))
    def certificate_end(self, gateway: Gateway) -> Any:
        """When its latest certificate ends; empty for a gateway that is known by its token."""
        return getattr(gateway, "certificate_ends_at", None)

    @admin.display(description=gettext_lazy("in two places"))
    def two_places(self, gateway: Gateway) -> str:
        """Where its credential was seen at work at the same time."""
        return str(getattr(getattr(gateway, "health", None), "twin_note", ""))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gateway]:
        """With the end of the latest certificate."""
        good = Q(certificates__revoked_at=None)
        found: QuerySet[Gateway] = super().get_queryset(request)
        return found.annotate(certificate_ends_at=Max("certificates__not_after", filter=good))

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
        told = gettext_lazy(
            "Enrolment of {}, valid for 15 minutes and once, shown only now. Write into the gateway's file, under "
            "[server]: {}"
        )
        self._each(request, gateways, _code_lines, told)

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


def _code_lines(*, actor: User, gateway_id: int, at: datetime) -> str:
    code = services.issue_enrolment_code(actor=actor, gateway_id=gateway_id, at=at)
    return " · ".join(services.enrolment_lines(code, at))


@admin.register(GatewayCertificate)
class GatewayCertificateAdmin(PlantAdmin):
    """What the plant's authority issued. A certificate is never changed; it can be revoked."""

    group = "looks"
    list_display = ("serial", "gateway", "issued_for", "not_before", "not_after", "revoked_at", "reason")
    list_filter = ("gateway", "issued_for")
    list_select_related = ("gateway",)
    search_fields = ("serial", "fingerprint", "key_fingerprint")
    fields = tuple(concrete_field_names(GatewayCertificate))
    actions = ("revoke",)

    def has_enrol_permission(self, request: HttpRequest) -> bool:
        """For the action."""
        return may(request.user, "telemetry.gateway.enrol")

    @admin.action(description=gettext_lazy("Revoke: end these certificates"), permissions=["enrol"])
    def revoke(self, request: HttpRequest, certificates: QuerySet[GatewayCertificate]) -> None:
        """End the chosen certificates; the gateways' tokens are not touched."""
        for certificate in certificates:
            try:
                services.revoke_certificate(
                    actor=signed_in(request), certificate_id=certificate.pk, at=now(), reason=_("in the administration")
                )
            except Refusal as refusal:
                self.message_user(request, refusal.sentence, messages.ERROR)
            else:
                self.message_user(
                    request, _("%(serial)s was revoked.") % {"serial": certificate.serial}, messages.SUCCESS
                )


@admin.register(Newcomer)
class NewcomerAdmin(PlantAdmin):
    """Who asks to be let in; the page of the waiting list has the two answers."""

    group = "looks"
    list_display = ("name", "source", "address", "mark", "attempts", "first_at", "last_at", "dismissed_at")
    list_filter = ("source",)
    fields = tuple(concrete_field_names(Newcomer))


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
