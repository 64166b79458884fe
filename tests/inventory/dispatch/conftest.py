"""The clock and the store of these tests."""

import pytest

from tests.inventory.dispatch.store import LATER, Store
from tests.world.clock import Clock
from tests.world.inventory import a_location
from tests.world.plant import Plant


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.set(LATER)


@pytest.fixture
def store(plant: Plant) -> Store:
    site = plant.site
    return Store(
        a_location(site, "A-2"),
        a_location(site, "A-10"),
        a_location(site, "DOCK", "STAGING"),
        a_location(site, "QUAR", "QUARANTINE"),
    )
