"""The line about gateways on the Health page: none enrolled, all heard, some or all silent."""

from factory_core.processes.rules import Colour
from telemetry.devices.checks import gateways_part
from telemetry.devices.models import GatewayHealth
from tests.world.clock import Clock
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway


def line() -> tuple[Colour, str]:
    part = gateways_part()
    return part.colour, part.sentence


def heard(gateway: object, clock: Clock) -> None:
    GatewayHealth.objects.update_or_create(gateway=gateway, defaults={"last_seen_at": clock.at})


def test_without_an_enrolled_gateway_no_machine_reports(plant: Plant) -> None:
    assert line() == (Colour.AMBER, "No gateway is enrolled yet: no machine reports anything.")


def test_silent_gateways_are_counted_and_all_of_them_silent_is_red(plant: Plant, clock: Clock) -> None:
    first, _token = a_gateway(plant.site, "gw-1")
    second, _token = a_gateway(plant.site, "gw-2")
    heard(first, clock)
    heard(second, clock)
    assert line() == (Colour.GREEN, "All 2 gateways report.")

    clock.move(seconds=21)
    heard(first, clock)
    assert line() == (
        Colour.AMBER,
        "1 of 2 gateways is silent: its machines show no data. Look at its power and network.",
    )
    clock.move(seconds=21)
    assert line()[0] is Colour.RED
