"""`/api/v1/gateways` and `/api/v1/devices`: what is connected, how it feels, and what of it is collected."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.plant.models import Machine
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import version_read
from telemetry.devices import services
from telemetry.devices.models import (
    Device,
    Gateway,
    GatewayHealth,
    GatewayStatus,
    TagKind,
    TagRole,
)
from telemetry.devices.rules import is_silent


class HealthSerializer(serializers.ModelSerializer[GatewayHealth]):
    class Meta:
        model = GatewayHealth
        fields = [
            "last_seen_at", "reported_at", "version", "spool_rows", "spool_bytes", "oldest_at", "clock_offset_ms",
            "clock_source", "devices", "detail", "clone_suspected_at", "clone_note",
        ]  # fmt: skip


class GatewaySerializer(serializers.ModelSerializer[Gateway]):
    """A gateway without anything that opens a door."""

    health = HealthSerializer(read_only=True, allow_null=True)
    silent = serializers.SerializerMethodField()

    class Meta:
        model = Gateway
        fields = [
            "id", "version", "created_at", "updated_at", "code", "name", "site", "status", "history_from",
            "config_version", "silent", "health",
        ]  # fmt: skip

    @extend_schema_field(serializers.BooleanField())
    def get_silent(self, gateway: Gateway) -> bool:
        """Whether it should talk and does not."""
        health: Any = getattr(gateway, "health", None)
        return gateway.status == GatewayStatus.ACTIVE and is_silent(health and health.last_seen_at, now())


class DeviceSerializer(serializers.ModelSerializer[Device]):
    class Meta:
        model = Device
        fields = [
            "id", "version", "created_at", "updated_at", "gateway", "code", "protocol", "address", "settings",
            "enabled",
        ]  # fmt: skip


class SettingsWish(serializers.Serializer[Any]):
    """How a device is reached: what can be said depends on its protocol."""

    settings = serializers.DictField()


class DeviceWish(SettingsWish):
    gateway = serializers.PrimaryKeyRelatedField(queryset=Gateway.objects.none())
    code = serializers.CharField(max_length=40)
    protocol = serializers.CharField(max_length=40)

    def get_fields(self) -> dict[str, Any]:
        """A gateway one may not set up is one that does not exist."""
        fields = super().get_fields()
        mine = visible(self.context.get("asker"), Gateway.objects.all(), "telemetry.device.manage")
        fields["gateway"] = serializers.PrimaryKeyRelatedField(queryset=mine)
        return fields


class SwitchWish(serializers.Serializer[Any]):
    """Whether it is read; whoever ends it says why."""

    enabled = serializers.BooleanField()
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class TagWishSerializer(serializers.Serializer[Any]):
    """A value to collect, and the decision it serves. `options`: type, period_s, scale, offset, deadband, values …"""

    address = serializers.CharField(max_length=400)
    name = serializers.CharField(max_length=200)
    decision = serializers.CharField(max_length=200, allow_blank=True)
    kind = serializers.ChoiceField(choices=TagKind.choices, default=TagKind.NUMBER)
    role = serializers.ChoiceField(choices=TagRole.choices, default=TagRole.VALUE)
    unit = serializers.CharField(max_length=20, default="", allow_blank=True)
    machine = serializers.PrimaryKeyRelatedField(queryset=Machine.objects.none(), default=None, allow_null=True)
    options = serializers.DictField(default=dict)

    def get_fields(self) -> dict[str, Any]:
        """A machine whose devices one may not set up is one that does not exist."""
        fields = super().get_fields()
        mine = visible(self.context.get("asker"), Machine.objects.all(), "telemetry.device.manage")
        fields["machine"] = serializers.PrimaryKeyRelatedField(
            queryset=mine.select_related("line__area"), default=None, allow_null=True
        )
        return fields


class TagsWish(serializers.Serializer[Any]):
    tags = TagWishSerializer(many=True)


class AddedSerializer(serializers.Serializer[Any]):
    """The numbers of the new tags, in the order of the wish."""

    tags = serializers.ListField(child=serializers.IntegerField())


class GatewayViewSet(Records):
    """Gateways with their health."""

    capability = "telemetry.device.view"
    queryset = Gateway.objects.select_related("health").order_by("code")
    serializer_class = GatewaySerializer
    filterset_fields = ("code", "status", "site")
    lookup_value_regex = r"\d+"


class DeviceViewSet(ActingMixin, Records):
    """Devices behind gateways. Acts answer with the device as it stands; the gateway hears of it at once."""

    capability = "telemetry.device.view"
    queryset = Device.objects.order_by("gateway__code", "code")
    serializer_class = DeviceSerializer
    filterset_fields = ("code", "gateway", "protocol", "enabled")
    lookup_value_regex = r"\d+"

    @extend_schema(request=DeviceWish, responses={201: DeviceSerializer})
    def create(self, request: Request) -> Response:
        """Add a device that the gateway shall read."""
        wish = _valid(DeviceWish, request)
        gateway_id = wish.pop("gateway").pk
        return self.act(
            request,
            lambda user: _shown(services.add_device(actor=user, gateway_id=gateway_id, at=now(), **wish)),
            status=201,
        )

    @extend_schema(request=SettingsWish, responses=DeviceSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change how the device is reached. `If-Match`: the version that was read."""
        wish = {
            **_valid(SettingsWish, request),
            "device_id": self.get_object().pk,
            "version": version_read(request),
        }
        return self.act(
            request,
            lambda user: _shown(services.change_device(actor=user, at=now(), **wish)),
        )

    @extend_schema(request=SwitchWish, responses=DeviceSerializer)
    @action(detail=True, methods=["post"])
    def switch(self, request: Request, pk: str) -> Response:
        """Read the device again, or no longer."""
        wish = {**_valid(SwitchWish, request), "device_id": self.get_object().pk}
        return self.act(
            request,
            lambda user: _shown(services.switch_device(actor=user, at=now(), **wish)),
        )

    @extend_schema(request=TagsWish, responses={201: AddedSerializer})
    @action(detail=True, methods=["post"], url_path="add-tags")
    def add_tags(self, request: Request, pk: str) -> Response:
        """Start to collect values of the device, all or none."""
        device_id = self.get_object().pk
        wishes = [services.TagWish(**wish) for wish in _valid(TagsWish, request)["tags"]]

        def add(user: Any) -> dict[str, Any]:
            tags = services.add_tags(actor=user, device_id=device_id, wishes=wishes, at=now())
            return {"tags": [tag.pk for tag in tags]}

        return self.act(request, add, status=201)


def _valid(wish: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = wish(data=request.data, context={"asker": request.user})
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _shown(device: Device) -> dict[str, Any]:
    return dict(DeviceSerializer(device).data)
