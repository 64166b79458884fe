"""Gateways and tags in the administration: seen by IT, changed by acts, secrets shown once."""

import re

import pytest
from django.test import Client

from telemetry.devices.models import Gateway, GatewayStatus, Tag
from telemetry.devices.rules import digest_of
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway, a_tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(plant: Plant) -> Gateway:
    gateway, _token = a_gateway(plant.site, "gw-admin")
    a_tag(gateway, "press.current", plant.press)
    a_tag(gateway, "hall.temperature")
    return gateway


@pytest.fixture
def it(cast: Cast, client: Client) -> Client:
    client.force_login(cast.it_admin)
    return client


@pytest.mark.parametrize(
    "page",
    ["gateway", "gateway/add", "tag", "tag/add", "device", "device/add", "refusedsender", "quarantinedreading", "gap",
     "deadletter"],
)  # fmt: skip
def test_it_sees_every_page(it: Client, gateway: Gateway, page: str) -> None:
    assert it.get(f"/admin/telemetry/{page}/").status_code == 200


def test_a_row_has_its_page(it: Client, gateway: Gateway) -> None:
    assert it.get(f"/admin/telemetry/gateway/{gateway.pk}/change/").status_code == 200
    for tag in Tag.objects.all():
        assert it.get(f"/admin/telemetry/tag/{tag.pk}/change/").status_code == 200


def test_others_see_nothing(client: Client, cast: Cast, gateway: Gateway) -> None:
    for who in (cast.operator, cast.supervisor, cast.stranger, cast.terminal):
        client.force_login(who)
        assert client.get("/admin/telemetry/gateway/").status_code in (302, 403, 404)
        client.post("/admin/telemetry/gateway/", {"action": "revoke", "_selected_action": [gateway.pk]})
    gateway.refresh_from_db()
    assert gateway.status == GatewayStatus.ACTIVE


def test_a_code_is_shown_once_and_works(it: Client, gateway: Gateway) -> None:
    wish = {"action": "issue_code", "_selected_action": [gateway.pk]}
    page = it.post("/admin/telemetry/gateway/", wish, follow=True).content.decode()
    code = re.search(r"[0-9a-f]{8}(-[0-9a-f]{8}){3}", page)
    assert code is not None
    gateway.refresh_from_db()
    assert gateway.enrol_code_hash == digest_of(code[0])
    assert code[0] not in it.get("/admin/telemetry/gateway/").content.decode()


def test_revoking_closes_the_door(it: Client, gateway: Gateway) -> None:
    it.post("/admin/telemetry/gateway/", {"action": "revoke", "_selected_action": [gateway.pk]})
    gateway.refresh_from_db()
    assert gateway.status == GatewayStatus.REVOKED


def test_a_tag_is_added_and_changed(it: Client, gateway: Gateway, plant: Plant) -> None:
    wish = {"gateway": gateway.pk, "name": "press.oil", "decision": "order oil", "machine": plant.press.pk,
            "kind": "number", "enabled": "on"}  # fmt: skip
    assert it.post("/admin/telemetry/tag/add/", wish).status_code == 302
    tag = Tag.objects.get(name="press.oil")
    assert (tag.decision, tag.machine, tag.version) == ("order oil", plant.press, 1)
    change = {"decision": "change oil", "machine": plant.press.pk, "read_version": 1}
    assert it.post(f"/admin/telemetry/tag/{tag.pk}/change/", change).status_code == 302
    tag.refresh_from_db()
    assert (tag.decision, tag.enabled, tag.version) == ("change oil", False, 2)
