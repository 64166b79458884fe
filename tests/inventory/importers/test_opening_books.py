"""The totals of opening stock agree with the books, shelf by shelf in the file and by place in the register."""

from datetime import date

import pytest

from factory_core.access.identity import acting
from factory_core.importing.services.comparing import compared
from factory_core.importing.services.opening import begin_opening, put_in
from factory_core.people.models import User
from tests.world.bringing import NOW, brought
from tests.world.inventory import a_location, an_item
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
FILE = """item;place;shelf;bin;quantity;value
BOLT;A-1;B;12;10;12.50
BOLT;A-1;B;13;5;6.25
NUT;A-1;;;4;
NUT;A-2;C;1;6;
Total;;;;25;18.75
"""


def test_bins_stand_at_the_place_that_the_file_names(plant: Plant, migrator: User) -> None:
    for code in ("A-1", "A-2"):
        a_location(plant.site, code)
    for number in ("BOLT", "NUT"):
        an_item(number)
    run = brought(migrator, plant.site, "opening_stock", FILE, constants={"dated_on": "2026-11-01"})
    said = compared(migrator, run, NOW)
    assert said["fields"] == {
        "quantity": {"file": "25", "own": "25", "taken": "25", "books": "25"},
        "value": {"file": "18.75", "own": "18.75", "taken": "18.75", "books": "18.75"},
    }
    assert said["places"] == {
        "A-1": {"quantity": ["19", "19"], "value": ["18.75", "18.75"]},
        "A-2": {"quantity": ["6", "6"], "value": ["0", "0"]},
    }
    with acting(migrator, channel="test"):
        opening = begin_opening(actor=migrator, site=plant.site, opens_on=date(2026, 10, 31), at=NOW)
        put_in(actor=migrator, opening_id=opening.pk, run_ids=[run.pk], at=NOW)
    # Before that day the books were empty.
    assert compared(migrator, run, NOW)["fields"]["quantity"]["books"] == "0"
