"""Programs set up devices and tags by the same acts as the page."""

from typing import Any

import pytest
from django.test import Client

from telemetry.devices.models import Device, Gateway, Tag
from tests.world.people import Cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_a_device_and_its_tags_are_set_up_and_ended(it: Client, gateway: Gateway, plant: Plant) -> None:
    wish = {"gateway": gateway.pk, "code": "CNC01", "protocol": "modbus", "settings": {"host": "10.0.0.5", "unit": 2}}
    made = post(it, "devices", wish, **{"Idempotency-Key": "one"})
    assert (made.status_code, made.json()["settings"]) == (201, {"host": "10.0.0.5", "unit": 2})
    assert post(it, "devices", wish, **{"Idempotency-Key": "one"}).json() == made.json()
    device = made.json()["id"]
    changed = post(it, f"devices/{device}/change", {"settings": {"host": "10.0.0.6"}}, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"], changed.json()["address"]) == (200, 2, "10.0.0.6")
    assert post(it, f"devices/{device}/change", {"settings": {"host": "b"}}, **{"If-Match": '"1"'}).status_code == 412
    tag = {"address": "holding:1", "name": "CNC01.part_count", "decision": "How many?", "role": "count"}
    none = post(it, f"devices/{device}/add-tags", {"tags": [tag, {**tag, "decision": ""}]})
    assert (none.status_code, {error["pointer"] for error in none.json()["errors"]}) == (
        422, {"/tags/1/decision", "/tags/1/name"},
    )  # fmt: skip
    assert Tag.objects.count() == 0
    added = post(it, f"devices/{device}/add-tags", {"tags": [{**tag, "machine": plant.press.pk}]})
    assert added.status_code == 201
    (number,) = added.json()["tags"]
    shown = it.get(f"/api/v1/tags/{number}").json()
    assert (shown["role"], shown["address"], shown["machine"]) == ("count", "holding:1", plant.press.pk)
    assert post(it, f"tags/{number}/switch", {"enabled": False}).json()["code"] == "no_reason"
    assert post(it, f"tags/{number}/switch", {"enabled": False, "reason": "double"}).json()["enabled"] is False
    assert post(it, f"devices/{device}/switch", {"enabled": False, "reason": "sold"}).json()["enabled"] is False
    gateway.refresh_from_db()
    assert gateway.config == {}


@pytest.mark.parametrize(("who", "status"), [("auditor", {403, 422}), ("operator", {403}), ("stranger", {403})])
def test_others_set_up_nothing(client: Client, cast: Cast, device: Device, who: str, status: set[int]) -> None:
    client.force_login(getattr(cast, who))
    wish = {"gateway": device.gateway_id, "code": "B", "protocol": "modbus", "settings": {"host": "b"}}
    assert post(client, "devices", wish).status_code in {400, *status}
    for path, body in (
        ("change", {"settings": {"host": "b"}}),
        ("switch", {"enabled": False, "reason": "x"}),
        ("add-tags", {"tags": [{"address": "a", "name": "b.c", "decision": "d"}]}),
    ):
        assert post(client, f"devices/{device.pk}/{path}", body).status_code == 403
    device.refresh_from_db()
    assert (Device.objects.count(), device.version, device.enabled, Tag.objects.count()) == (1, 1, True, 0)
