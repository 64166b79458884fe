"""`/api/v1/gateways` and `/api/v1/devices`: what is connected, and how it feels."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from factory_core.clock import now
from factory_core.web.api import Records
from telemetry.devices.models import Device, Gateway, GatewayHealth, GatewayStatus
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
        fields = ["id", "version", "created_at", "updated_at", "gateway", "code", "protocol", "address", "enabled"]


class GatewayViewSet(Records):
    """Gateways with their health."""

    capability = "telemetry.device.view"
    queryset = Gateway.objects.select_related("health").order_by("code")
    serializer_class = GatewaySerializer
    filterset_fields = ("code", "status", "site")
    lookup_value_regex = r"\d+"


class DeviceViewSet(Records):
    """Devices behind gateways."""

    capability = "telemetry.device.view"
    queryset = Device.objects.order_by("gateway__code", "code")
    serializer_class = DeviceSerializer
    filterset_fields = ("code", "gateway", "protocol", "enabled")
    lookup_value_regex = r"\d+"
