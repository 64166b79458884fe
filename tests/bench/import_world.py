"""A plant into which the bicycle maker's 72 591 work orders are brought: its items and reasons are there already."""

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guardian.shortcuts import assign_perm

from factory_core.access.identity import acting
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ExternalId, ImportRun
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.people.models import User
from factory_core.people.services import service_user
from inventory.items.models import Item
from tests.world.inventory import a_unit
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant
from tests.world.running import ROOT

DATA = ROOT.parent / "shared" / "data"
ORDERS = DATA / "adventureworks" / "xlsx" / "work_orders.xlsx"
REASONS = DATA / "adventureworks" / "xlsx" / "scrap_reasons.xlsx"


@dataclass
class World:
    """Where the orders go, and who brings them."""

    plant: Plant
    migrator: User


def build(at: datetime) -> World:
    """The plant, the 504 items with the old system's numbers, and the reasons of scrap by their own import."""
    plant = a_plant("bench")
    migrator = a_user("bench.migrator", "migrator", plant.site)
    unit = a_unit()
    products = DATA / "adventureworks" / "csv" / "Product.csv"
    with products.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with acting(service_user("plant"), channel="bench"):
        assign_perm("as_supervisor", migrator, plant.site)
        is_known = kind_named("items") is not None
        Item.objects.bulk_create(
            Item(number=row["ProductNumber"] if is_known else row["ProductID"], name=row["Name"], unit=unit)
            for row in rows
        )
        keys = dict(Item.objects.values_list("number", "pk"))
        if is_known:
            ExternalId.objects.bulk_create(
                ExternalId(kind="items", system="", text=row["ProductID"], key=row["ProductNumber"],
                           record=keys[row["ProductNumber"]])
                for row in rows
            )  # fmt: skip
    carry_in(actor=migrator, run_id=checked(World(plant, migrator), REASONS, "scrap_reasons", at).pk, at=at)
    return World(plant, migrator)


def opened(world: World, path: Path, kind: str, at: datetime) -> ImportRun:
    """A file looked into."""
    with acting(world.migrator, channel="bench"):
        return open_run(
            actor=world.migrator, site=world.plant.site, name=path.name, content=[path.read_bytes()], at=at, kind=kind
        )


def checked(world: World, path: Path, kind: str, at: datetime) -> ImportRun:
    """A file opened, mapped by itself and checked."""
    run = opened(world, path, kind, at)
    with acting(world.migrator, channel="bench"):
        constants = {"line": world.plant.line_a.code} if kind == "production_orders" else {}
        choose(actor=world.migrator, run_id=run.pk, at=at, constants=constants)
        return check_run(actor=world.migrator, run_id=run.pk, at=at)
