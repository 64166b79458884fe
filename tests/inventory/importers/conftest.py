"""A plant with its basic units, and the person who brings the old system's files over."""

import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from inventory.items.services.units import ensure_units
from tests.world.plant import Plant, a_plant


@pytest.fixture
def plant() -> Plant:
    made = a_plant()
    plant_itself = service_user("plant")
    with acting(plant_itself, channel="test"):
        ensure_units(actor=plant_itself)
    return made
