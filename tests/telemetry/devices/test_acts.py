"""Registering, enrolling, exchanging tokens, revoking, configuring: who may, and what is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.models import User
from telemetry.devices import services
from telemetry.devices.models import Gateway, GatewayHealth, GatewayStatus, Tag
from telemetry.devices.queries import inventory, refused_senders, silent_gateways, visible_tags, waiting_gateways
from telemetry.devices.rules import digest_of
from telemetry.models import RefusedSender
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


def act(actor: User, service: Callable[..., Any], **wish: Any) -> Any:
    """One act under a name."""
    with acting(actor, channel="test"):
        return service(actor=actor, **wish)


@pytest.fixture
def gateway(cast: Cast, plant: Plant, clock: Clock) -> Gateway:
    return act(cast.it_admin, services.register_gateway, code="gw-1", site=plant.site, at=clock())


def test_a_gateway_waits_until_its_code_is_used(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    assert (gateway.status, gateway.token_hash) == (GatewayStatus.WAITING, "")
    assert list(waiting_gateways(cast.it_admin)) == [gateway]
    code = act(cast.it_admin, services.issue_enrolment_code, gateway_id=gateway.pk, at=clock())
    assert len(code.replace("-", "")) == 32
    found, token = act(cast.it_admin, services.enrol_with_code, code=code, at=clock.move(minutes=14))
    assert (found.status, found.token_hash, found.enrol_code_hash) == (GatewayStatus.ACTIVE, digest_of(token), "")
    assert token not in found.token_hash
    names = list(
        Event.objects.filter(subjects__kind="telemetry.gateway", subjects__key=gateway.pk)
        .order_by("id")
        .values_list("name", flat=True)
    )
    assert names == [
        "telemetry.gateway_registered", "telemetry.enrolment_code_issued", "telemetry.gateway_enrolled",
    ]  # fmt: skip


@pytest.mark.parametrize("spoil", ["late", "used", "wrong", "replaced"])
def test_a_code_that_is_late_used_wrong_or_replaced_opens_nothing(
    cast: Cast, gateway: Gateway, clock: Clock, spoil: str
) -> None:
    code = act(cast.it_admin, services.issue_enrolment_code, gateway_id=gateway.pk, at=clock())
    if spoil == "late":
        clock.move(minutes=15)
    if spoil == "used":
        act(cast.it_admin, services.enrol_with_code, code=code, at=clock())
    if spoil == "wrong":
        code = "0" * 32
    if spoil == "replaced":
        act(cast.it_admin, services.issue_enrolment_code, gateway_id=gateway.pk, at=clock())
    before = Gateway.objects.values().get()
    with pytest.raises(services.BadEnrolmentCode):
        act(cast.it_admin, services.enrol_with_code, code=code, at=clock())
    assert Gateway.objects.values().get() == before


def test_tokens_are_exchanged_without_a_moment_without(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    first = act(cast.it_admin, services.enrol_directly, gateway_id=gateway.pk, at=clock())
    second = act(cast.it_admin, services.rotate_token, gateway_id=gateway.pk, at=clock())
    gateway.refresh_from_db()
    assert (gateway.token_hash, gateway.next_token_hash) == (digest_of(first), digest_of(second))
    third = act(cast.it_admin, services.rotate_token, gateway_id=gateway.pk, at=clock())
    gateway.refresh_from_db()
    assert (gateway.token_hash, gateway.next_token_hash) == (digest_of(second), digest_of(third))
    act(cast.it_admin, services.end_old_token, gateway_id=gateway.pk, at=clock())
    gateway.refresh_from_db()
    assert (gateway.token_hash, gateway.next_token_hash) == (digest_of(third), "")
    with pytest.raises(services.GatewayNotActive):
        act(cast.it_admin, services.end_old_token, gateway_id=gateway.pk, at=clock())


def test_a_waiting_or_revoked_gateway_gets_no_new_token(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    with pytest.raises(services.GatewayNotActive):
        act(cast.it_admin, services.rotate_token, gateway_id=gateway.pk, at=clock())
    act(cast.it_admin, services.revoke_gateway, gateway_id=gateway.pk, at=clock(), reason="lost")
    with pytest.raises(services.GatewayNotActive):
        act(cast.it_admin, services.rotate_token, gateway_id=gateway.pk, at=clock())
    gateway.refresh_from_db()
    assert (gateway.status, gateway.token_hash) == (GatewayStatus.REVOKED, "")


def test_a_code_is_registered_once(cast: Cast, plant: Plant, gateway: Gateway, clock: Clock) -> None:
    with pytest.raises(services.CodeTaken):
        act(cast.it_admin, services.register_gateway, code="gw-1", site=plant.site, at=clock())
    assert Gateway.objects.count() == 1


def test_a_configuration_is_checked_as_the_gateway_will(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    wish = {"devices": [{"driver": "simulator", "code": "press"}]}
    changed = act(cast.it_admin, services.set_gateway_config, gateway_id=gateway.pk, config=wish, at=clock())
    assert (changed.config, changed.config_version) == (wish, 1)
    for bad in ({"spool": {"dir": "/"}}, {"devices": [{"driver": "replay", "code": "x", "files": ["/etc/passwd"]}]},
                {"devices": [{"driver": "other", "code": "x"}]}, {"devices": "x" * 70_000}):  # fmt: skip
        with pytest.raises(services.BadConfiguration):
            act(cast.it_admin, services.set_gateway_config, gateway_id=gateway.pk, config=bad, at=clock())
    gateway.refresh_from_db()
    assert (gateway.config, gateway.config_version) == (wish, 1)


def test_a_tag_needs_a_decision_and_a_name_of_its_own(cast: Cast, plant: Plant, gateway: Gateway, clock: Clock) -> None:
    wish = {"gateway_id": gateway.pk, "name": "press.current", "machine": plant.press, "at": clock()}
    with pytest.raises(services.NoDecision):
        act(cast.it_admin, services.add_tag, decision="  ", **wish)
    assert not Tag.objects.exists()
    tag = act(cast.it_admin, services.add_tag, decision="see whether it runs", **wish)
    with pytest.raises(services.CodeTaken):
        act(cast.it_admin, services.add_tag, decision="again", **wish)
    off = act(cast.it_admin, services.switch_tag, tag_id=tag.pk, enabled=False, at=clock())
    assert (off.enabled, off.version, Tag.objects.count()) == (False, 2, 1)


def test_a_tag_takes_no_device_of_another_gateway(cast: Cast, plant: Plant, gateway: Gateway, clock: Clock) -> None:
    other = act(cast.it_admin, services.register_gateway, code="gw-2", site=plant.site, at=clock())
    device = act(cast.it_admin, services.add_device, gateway_id=other.pk, code="plc", protocol="simulator", at=clock())
    with pytest.raises(services.ForeignDevice):
        act(cast.it_admin, services.add_tag, gateway_id=gateway.pk, name="a", decision="b", device=device, at=clock())
    assert not Tag.objects.exists()


@pytest.mark.parametrize("who", ["operator", "supervisor", "neighbour", "owner", "auditor", "stranger", "terminal"])
def test_only_it_enrols_and_revokes(cast: Cast, plant: Plant, gateway: Gateway, clock: Clock, who: str) -> None:
    actor, before = getattr(cast, who), Gateway.objects.values().get()
    wishes: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (services.register_gateway, {"code": "gw-9", "site": plant.site}),
        (services.issue_enrolment_code, {"gateway_id": gateway.pk}),
        (services.enrol_directly, {"gateway_id": gateway.pk}),
        (services.rotate_token, {"gateway_id": gateway.pk}),
        (services.end_old_token, {"gateway_id": gateway.pk}),
        (services.revoke_gateway, {"gateway_id": gateway.pk, "reason": "x"}),
        (services.set_gateway_config, {"gateway_id": gateway.pk, "config": {}}),
        (services.add_device, {"gateway_id": gateway.pk, "code": "c", "protocol": "p"}),
        (services.add_tag, {"gateway_id": gateway.pk, "name": "n", "decision": "d"}),
        (services.accept_history, {"gateway_id": gateway.pk, "history_from": clock()}),
    ]
    for service, wish in wishes:
        with pytest.raises(Forbidden):
            act(actor, service, at=clock(), **wish)
    assert Gateway.objects.values().get() == before
    assert not Tag.objects.exists()


def test_the_database_refuses_a_gateway_nobody_made(plant: Plant) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Gateway.objects.create(code="gw-x", name="x", site=plant.site)


def test_who_sees_what(cast: Cast, plant: Plant, gateway: Gateway, clock: Clock) -> None:
    wish = {"gateway_id": gateway.pk, "decision": "d", "at": clock()}
    press = act(cast.it_admin, services.add_tag, name="press.current", machine=plant.press, **wish)
    robot = act(cast.it_admin, services.add_tag, name="robot.current", machine=plant.robot, **wish)
    hall = act(cast.it_admin, services.add_tag, name="hall.temperature", **wish)
    RefusedSender.objects.create(
        address="10.0.0.9", mark="abc", why="unknown", attempts=3, first_at=clock(), last_at=clock()
    )
    assert set(visible_tags(cast.it_admin)) == {press, robot, hall}
    assert set(visible_tags(cast.operator)) == {press}
    assert set(visible_tags(cast.neighbour)) == {robot}
    assert not visible_tags(cast.stranger).exists()
    assert [row.gateway for row in inventory(cast.it_admin, clock())] == [gateway]
    assert inventory(cast.operator, clock()) == inventory(cast.stranger, clock()) == []
    assert refused_senders(cast.it_admin).count() == 1
    assert refused_senders(cast.operator).count() == refused_senders(cast.stranger).count() == 0


def test_silence_is_noticed(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    assert silent_gateways(clock()) == []
    act(cast.it_admin, services.enrol_directly, gateway_id=gateway.pk, at=clock())
    assert silent_gateways(clock()) == [gateway]
    GatewayHealth.objects.create(gateway=gateway, last_seen_at=clock())
    assert silent_gateways(clock()) == []
    assert silent_gateways(clock() + timedelta(seconds=21)) == [gateway]
    assert silent_gateways(clock() + timedelta(seconds=21), cast.stranger) == []
    assert inventory(cast.it_admin, clock() + timedelta(seconds=21))[0].is_silent


def test_the_command_prints_the_token_once(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("gateway_enrol", "gw-7", "--place", plant.press.code, "--history-from", "2019-01-31")
    token = capsys.readouterr().out.strip()
    gateway = Gateway.objects.get(code="gw-7")
    assert (gateway.site, gateway.status, gateway.token_hash) == (plant.site, "active", digest_of(token))
    assert str(gateway.history_from) == "2019-01-31 00:00:00+00:00"
    call_command("gateway_enrol", "gw-7", "--code")
    code = capsys.readouterr().out.strip()
    gateway.refresh_from_db()
    assert (gateway.token_hash, gateway.enrol_code_hash) == (digest_of(token), digest_of(code))


def test_the_command_explains_what_is_wrong(plant: Plant, cast: Cast) -> None:
    for words in (["gw-8", "--place", "nowhere"], ["gw-8", "--place", plant.site.code, "--history-from", "soon"],
                  ["gw 8", "--place", plant.site.code], ["gw-8", "--place", plant.site.code, "--user", "nobody"],
                  ["gw-8", "--place", plant.site.code, "--user", cast.operator.username]):  # fmt: skip
        with pytest.raises(CommandError):
            call_command("gateway_enrol", *words)
    assert not Gateway.objects.exists()
