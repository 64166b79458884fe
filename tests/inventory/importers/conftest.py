"""A plant with its basic units, and the person who brings the old system's files over."""

from pathlib import Path

import pytest

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from inventory.items.services.units import ensure_units
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant


@pytest.fixture
def plant(settings, tmp_path: Path) -> Plant:
    settings.DATA_DIR = tmp_path
    made = a_plant()
    plant_itself = service_user("plant")
    with acting(plant_itself, channel="test"):
        ensure_units(actor=plant_itself)
    return made


@pytest.fixture
def migrator(plant: Plant) -> User:
    return a_user("mia", "migrator", plant.site)
