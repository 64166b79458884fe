"""Another program sends rows: what it calls a thing finds it, once a key, all or nothing, in one's own rights."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.importing.models import ExternalId, ImportRun
from factory_core.importing.services.undoing import undo_import
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.people.services import service_user
from inventory.items.models import Item
from inventory.items.services.units import ensure_units
from tests.world.clock import Clock
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def plant(settings: Any, tmp_path: Path, clock: Clock) -> Plant:
    settings.DATA_DIR = tmp_path
    clock.set(NOW)
    made = a_plant()
    hand = service_user("plant")
    with acting(hand, channel="test"):
        ensure_units(actor=hand)
    return made


@pytest.fixture
def mia(plant: Plant) -> User:
    return a_user("mia", "migrator", plant.site)


def sent(user: User, kind: str, site: str, rows: list[dict[str, Any]], key: str = "", **more: Any) -> Any:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(
        f"/api/v1/import-kinds/{kind}/rows/", {"site": site, "rows": rows, **more}, content_type="application/json",
        headers=headers,
    )  # fmt: skip


def test_rows_are_added_then_changed_by_what_the_system_calls_them(plant: Plant, mia: User) -> None:
    rows = [{"code": "S-1", "name": "=Stahl", "old_id": "7001"}, {"old_id": "7002", "name": "Zwei", "is_active": True}]
    answer = sent(mia, "suppliers", plant.site.code, rows, system="SAP")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["created"], told["changed"], [row["outcome"] for row in told["rows"]]) == (2, 0, ["created"] * 2)
    assert dict(Partner.objects.filter(is_supplier=True).values_list("code", "name")) == {
        "S-1": "=Stahl", "7002": "Zwei",
    }  # fmt: skip
    assert set(ExternalId.objects.values_list("system", "text", "key")) == {
        ("SAP", "7001", "S-1"), ("SAP", "7002", "7002"),
    }  # fmt: skip

    again = sent(mia, "suppliers", plant.site.code, [{"old_id": "7001", "name": "Stahl AG"}], system="SAP").json()
    assert (again["created"], again["changed"], again["rows"][0]["row"]) == (0, 1, 0)
    assert Partner.objects.get(code="S-1").name == "Stahl AG"
    other = sent(mia, "suppliers", plant.site.code, [{"old_id": "7001", "name": "Of another"}], system="Sage").json()
    assert (other["created"], Partner.objects.get(code="S-1").name) == (1, "Stahl AG")
    assert ExternalId.objects.count() == 3

    with acting(mia, channel="test"):
        undo_import(actor=mia, run_id=again["run"], at=NOW)
    assert Partner.objects.get(code="S-1").name == "=Stahl"


def test_numbers_texts_and_references_come_as_they_were_meant(plant: Plant, mia: User) -> None:
    rows = [
        {"number": "00123", "name": "1E5", "unit": "pcs", "standard_cost": 12.345},
        {"number": "A-2", "name": "Zwei", "unit": "pcs", "standard_cost": "1.234"},
    ]
    assert sent(mia, "items", plant.site.code, rows).json()["created"] == 2
    assert Item.objects.get(number="00123").name == "1E5"
    sent(mia, "suppliers", plant.site.code, [{"old_id": "9", "code": "S-9", "name": "Neun"}], system="SAP")
    row = {"item": "00123", "supplier": "9", "price": 1.234, "lead_time": 7}
    assert sent(mia, "supplier_items", plant.site.code, [row], system="SAP").json()["created"] == 1
    price = Item.objects.get(number="00123").suppliers.get().prices.get().price
    assert price == Decimal("1.234")


def test_the_same_key_does_it_once(plant: Plant, mia: User) -> None:
    rows = [{"code": "S-1", "name": "Eins"}]
    first = sent(mia, "suppliers", plant.site.code, rows, key="k1")
    again = sent(mia, "suppliers", plant.site.code, rows, key="k1")
    assert (again.json(), again.headers["Idempotent-Replay"]) == (first.json(), "true")
    assert ImportRun.objects.count() == 1


def test_a_bad_row_leaves_everything_outside_and_is_pointed_at(plant: Plant, mia: User) -> None:
    rows = [{"code": "S-1", "name": "Eins"}, {"code": "S-2", "name": "Zwei", "is_active": "perhaps"}]
    answer = sent(mia, "suppliers", plant.site.code, rows)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("/rows/1/is_active", "not_yes_no")
    ]
    assert (Partner.objects.exists(), ImportRun.objects.exists()) == (False, False)

    told = sent(mia, "suppliers", plant.site.code, rows, partly=True).json()
    assert (told["created"], [row["outcome"] for row in told["rows"]]) == (1, ["created", "refused"])


@pytest.mark.parametrize(
    "rows", [[], [{}], [{"nothing": 1}], [{"code": ["x"]}], [{"code": f"S{n}"} for n in range(1001)]]
)
def test_what_is_no_row_is_refused(plant: Plant, mia: User, rows: list[Any]) -> None:
    assert sent(mia, "suppliers", plant.site.code, rows).status_code in (400, 422)
    assert not ImportRun.objects.exists()


def test_strangers_and_other_sites_stay_outside(plant: Plant, mia: User) -> None:
    rows = [{"code": "S-1", "name": "Eins"}]
    assert sent(a_user("stranger"), "suppliers", plant.site.code, rows).status_code in (403, 404)
    assert sent(mia, "users", plant.site.code, [{"username": "x"}]).status_code == 404
    assert sent(mia, "suppliers", a_plant("other").site.code, rows).status_code == 422
    assert not Partner.objects.exists()
