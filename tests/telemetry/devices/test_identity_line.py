"""The Health lines about identity and newcomers, and the page of the waiting list."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from factory_core.processes.rules import Colour
from telemetry.devices import services
from telemetry.devices.authority.keeper import Authority
from telemetry.devices.checks import identity_part, newcomers_part
from telemetry.devices.models import Gateway, GatewayCertificate, GatewayHealth, Newcomer
from telemetry.devices.services.twins import SAID_AGAIN_AFTER
from telemetry.ingest.identity import Twins
from tests.telemetry.devices.test_authority import a_request
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant


@pytest.fixture(autouse=True)
def _own_authority(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def enrolled(plant: Plant, clock: Clock, code: str = "gw-1") -> Gateway:
    """A gateway with a certificate of 90 days."""
    actor = service_user("plant")
    with acting(actor, channel="test"):
        gateway = services.register_gateway(actor=actor, code=code, site=plant.site, at=clock())
        secret = services.issue_enrolment_code(actor=actor, gateway_id=gateway.pk, at=clock())
        services.enrol_with_request(actor=actor, code=secret, request=a_request(), at=clock())
    return gateway


def test_a_plant_of_tokens_needs_no_authority(plant: Plant, clock: Clock, tmp_path: Path) -> None:
    assert identity_part().colour is Colour.GREEN
    assert not (tmp_path / "authority").exists()


@pytest.mark.parametrize(
    ("days", "colour", "words"),
    [
        (59, Colour.GREEN, "1 gateway has a certificate, which renews itself."),
        (60, Colour.GREEN, "renews itself"),
        (61, Colour.AMBER, "ends within 30 days and was not renewed"),
        (84, Colour.AMBER, "within 7 days"),
        (89.5, Colour.RED, "within 1 day "),
        (90, Colour.RED, "ended: it is refused. Enrol it again"),
    ],
)
def test_the_end_of_a_certificate_is_told_30_7_and_1_days_before(
    plant: Plant, clock: Clock, days: float, colour: Colour, words: str
) -> None:
    enrolled(plant, clock)
    clock.move(days=days)
    part = identity_part()
    assert (part.colour, words in part.sentence) == (colour, True), part.sentence


def test_a_renewed_or_revoked_certificate_warns_nobody(plant: Plant, clock: Clock) -> None:
    enrolled(plant, clock)
    clock.move(days=85)
    actor = service_user("plant")
    with acting(actor, channel="test"):
        services.renew_certificate(actor=actor, gateway_id=Gateway.objects.get().pk, request=a_request(), at=clock())
    assert identity_part().colour is Colour.GREEN
    with acting(actor, channel="test"):
        services.revoke_gateway(actor=actor, gateway_id=Gateway.objects.get().pk, reason="gone", at=clock())
    clock.move(days=100)
    assert identity_part().colour is Colour.GREEN


def test_an_authority_near_its_end_says_what_to_run(plant: Plant, clock: Clock, tmp_path: Path) -> None:
    Authority(tmp_path / "authority").ensure(clock() - timedelta(days=4 * 365 + 10))
    part = identity_part()
    assert (part.colour, "authority renew" in part.sentence) == (Colour.AMBER, True)
    (tmp_path / "authority" / "issuing.pem").write_text("damaged")
    assert identity_part().colour is Colour.RED


def test_a_credential_in_two_places_is_red_until_it_is_exchanged(plant: Plant, clock: Clock) -> None:
    gateway = enrolled(plant, clock)
    actor = service_user("plant")
    with acting(actor, channel="test"):
        services.suspect_twin(actor=actor, gateway_id=gateway.pk, note="address: 10.0.0.5, 10.0.0.9", at=clock())
    part = identity_part()
    assert part.colour is Colour.RED
    assert part.sentence.startswith("The credential of 1 gateway is used in two places at once")
    with acting(actor, channel="test"):
        services.enrol_directly(actor=actor, gateway_id=gateway.pk, at=clock())
    assert identity_part().colour is Colour.GREEN


@pytest.mark.django_db
def test_twins_are_told_once_an_hour(plant: Plant, clock: Clock) -> None:
    from factory_core.events.models import Event

    gateway, actor = enrolled(plant, clock), service_user("plant")
    for _ in range(3):
        with acting(actor, channel="test"):
            services.suspect_twin(actor=actor, gateway_id=gateway.pk, note="run: a, b", at=clock.move(minutes=1))
    assert Event.objects.filter(name="telemetry.twin_suspected").count() == 1
    clock.move(seconds=SAID_AGAIN_AFTER.total_seconds() + 1)
    with acting(actor, channel="test"):
        services.suspect_twin(actor=actor, gateway_id=gateway.pk, note="run: a, b", at=clock())
    assert Event.objects.filter(name="telemetry.twin_suspected").count() == 2
    assert GatewayHealth.objects.get(gateway=gateway).twin_note == "run: a, b"


def test_two_places_that_alternate_are_twins_and_a_move_is_not() -> None:
    twins = Twins()
    # Two agents with one credential, each with a heartbeat every 5 s.
    for second in range(0, 60, 5):
        twins.saw(1, "address", "10.0.0.5", second)
        twins.saw(1, "address", "10.0.0.9", second + 2.5)
        if 1 in twins.suspected:
            break
    assert second <= 10, "known within 15 s"
    assert twins.suspected == {1: "address: 10.0.0.5, 10.0.0.9"}
    for number, place in enumerate(["a", "b", "c", "d"]):
        twins.saw(2, "run", place, number)
    twins.saw(3, "address", "lan", 0)
    twins.saw(3, "address", "wlan", 10)
    twins.saw(3, "address", "lan", 20)
    twins.saw(4, "address", "a", 0)
    twins.saw(4, "address", "b", 100)
    twins.saw(4, "address", "a", 200)
    twins.saw(4, "address", "b", 300)
    assert set(twins.suspected) == {1}


def test_newcomers_are_counted_and_let_in_or_sent_away_on_their_page(
    cast: Cast, plant: Plant, clock: Clock, client: Client
) -> None:
    assert newcomers_part().colour is Colour.GREEN
    services.knock(source="sparkplug", name="Plant/Press-7", at=clock(), claims={"<b>": "<script>"})
    services.knock(source="mqtt", name="odd", at=clock())
    part = newcomers_part()
    assert (part.colour, part.sentence.split(" ask")[0]) == (Colour.AMBER, "2 unknown senders")
    client.force_login(cast.it_admin)
    page = client.get("/newcomers/").content.decode()
    assert "Plant/Press-7" in page
    assert "<script>" not in page.split("<h1>")[1].split("</ul>")[0]
    first, second = Newcomer.objects.get(source="sparkplug"), Newcomer.objects.get(source="mqtt")
    answer = client.post(f"/newcomers/{first.pk}/admit/", {"code": "press-7", "site": plant.site.code})
    assert answer.status_code == 302
    assert Gateway.objects.get(code="press-7").source_name == "Plant/Press-7"
    assert client.post(f"/newcomers/{second.pk}/dismiss/").status_code == 302
    assert newcomers_part().colour is Colour.GREEN
    assert "odd" in client.get("/newcomers/").content.decode()
    health = client.get("/health/lines/").content.decode()
    assert "Waiting list" in health


@pytest.mark.parametrize("who", ["operator", "stranger", "neighbour", "auditor"])
def test_others_find_the_list_closed(cast: Cast, clock: Clock, client: Client, who: str) -> None:
    services.knock(source="mqtt", name="odd", at=clock())
    client.force_login(getattr(cast, who))
    assert client.get("/newcomers/").status_code == 403
    assert client.post(f"/newcomers/{Newcomer.objects.get().pk}/dismiss/").status_code == 403
    assert Newcomer.objects.get().dismissed_at is None


def test_the_administration_shows_certificates_and_ends_them(
    cast: Cast, plant: Plant, clock: Clock, client: Client
) -> None:
    enrolled(plant, clock)
    client.force_login(cast.it_admin)
    for path in ("gateway", "gatewaycertificate", "newcomer"):
        assert client.get(f"/admin/telemetry/{path}/").status_code == 200, path
    record = GatewayCertificate.objects.get()
    client.post("/admin/telemetry/gatewaycertificate/", {"action": "revoke", "_selected_action": [record.pk]})
    record.refresh_from_db()
    assert record.revoked_at == clock()
    asked = client.post(
        "/admin/telemetry/gateway/", {"action": "issue_code", "_selected_action": [record.gateway_id]}, follow=True
    )
    assert "enrol_code = " in asked.content.decode()
