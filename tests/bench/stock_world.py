"""A plant whose stock has moved a million times: items, lots and places by the ORM, moves and values by SQL."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db import connection

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.sales.models import SalesLine, SalesOrder
from inventory.stock.models import Location
from tests.world.inventory import a_unit
from tests.world.people import a_user
from tests.world.plant import a_plant

ITEMS, LOTS_AN_ITEM, PLACES, ORDERS, LINES = 5000, 10, 500, 2000, 3
MOVES_A_LOT = 20
LEVELS, WIDE, FAN = 6, 500, 4
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
WORDS = ("bolt", "washer", "shaft", "housing", "bearing", "seal", "flange", "bracket", "cover", "spring")

# Each lot comes in, is issued every other time, is moved to a second place or filled up there between.
_MOVES = """
INSERT INTO inventory_stockmove (source_kind, source_id, source_label, kind, quantity, at, recorded_at, reason, key,
                                 by_id, from_location_id, to_location_id, item_id, lot_id, partner_id, site_id)
SELECT '', NULL, '', kind, quantity, %(began)s + (k * %(lots)s + n) * interval '25 seconds',
       %(began)s + (k * %(lots)s + n) * interval '25 seconds', '', 'bench-' || k || '-' || n,
       %(by)s, origin, target, item_id, lot_id, NULL, %(site)s
  FROM (
    SELECT k, n, lot.item_id, lot.id AS lot_id,
           CASE WHEN k = 0 OR k %% 4 = 0 THEN 'RECEIVE' WHEN k %% 2 = 1 THEN 'ISSUE' ELSE 'TRANSFER' END AS kind,
           CASE WHEN k = 0 THEN 1000 WHEN k %% 4 = 0 THEN 100 WHEN k %% 2 = 1 THEN 10 ELSE 50 END AS quantity,
           CASE WHEN k %% 4 = 0 THEN %(supplier)s ELSE places.id END AS origin,
           CASE WHEN k = 0 THEN places.id WHEN k %% 2 = 1 THEN %(production)s ELSE second.id END AS target
      FROM generate_series(0, %(each)s - 1) k
      CROSS JOIN (SELECT id, item_id, row_number() OVER (ORDER BY id) - 1 AS n FROM inventory_lot
                   WHERE number LIKE 'BENCH-%%') lot
      JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS p FROM inventory_location WHERE code LIKE 'B-%%') places
        ON places.p = lot.n %% %(places)s
      JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS p FROM inventory_location WHERE code LIKE 'B-%%') second
        ON second.p = (lot.n + 7) %% %(places)s
  ) planned ORDER BY k, n
"""
_VALUES = """
INSERT INTO inventory_valueentry (quantity, value, currency, at, valuation, reason, item_id, move_id, site_id)
SELECT signed, signed * 2.5, %(currency)s, recorded_at, 'AVERAGE', '', item_id, id, site_id
  FROM (SELECT CASE kind WHEN 'ISSUE' THEN -quantity ELSE quantity END AS signed, *
          FROM inventory_stockmove WHERE kind <> 'TRANSFER') moved ORDER BY id
"""


@dataclass
class World:
    """What the figures are taken of. `root` and `leaf`: the ends of six levels of ten thousand uses."""

    site: Site
    person: User
    items: list[Item]
    places: list[Location]
    moves: int
    uses: int
    root: Lot
    leaf: Lot
    seconds: float


def build(moves: int) -> World:
    """Make everything but the balances and values themselves."""
    began = time.perf_counter()
    site = a_plant("bench").site
    person = a_user("bench", "owner", site)
    for role in ("storekeeper", "buyer", "sales", "dispatcher"):
        _join(person, role, site)
    with acting(service_user("plant"), channel="bench"):
        items, places = _items(), _places(site)
        lots = _lots(items, max(1, moves // MOVES_A_LOT))
        _orders(site, items)
        written = _moved(site, person, len(lots), len(places))
        root, leaf, uses = _genealogy(items[0])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return World(site, person, items, places, written, uses, root, leaf, time.perf_counter() - began)


def _join(person: User, role: str, site: Site) -> None:
    from guardian.shortcuts import assign_perm

    with acting(service_user("plant"), channel="bench"):
        assign_perm(f"as_{role}", person, site)


def _items() -> list[Item]:
    unit = a_unit("pcs")
    named: dict[str, Any] = {"unit": unit, "tracking": "LOT", "is_bought": True, "is_sold": True}
    rows = [
        Item(number=f"{n:02d}.{n * 7919 % 100000:05d}", name=f"{WORDS[n % 10].title()} {n * 31 % 900} mm", **named)
        for n in range(ITEMS)
    ]
    return Item.objects.bulk_create(rows, batch_size=1000)


def _places(site: Site) -> list[Location]:
    for kind in ("SUPPLIER", "PRODUCTION", "CUSTOMER", "ADJUSTMENT"):
        Location.objects.create(site=site, code=f"bench-{kind.lower()}", name=kind, kind=kind)
    store = Location.objects.create(site=site, code="BENCH", name="Store", kind="STORE")
    rows = [Location(site=site, code=f"B-{n:03d}", name=f"B-{n:03d}", kind="BIN", parent=store) for n in range(PLACES)]
    return Location.objects.bulk_create(rows)


def _lots(items: list[Item], count: int) -> list[Lot]:
    rows = [
        Lot(
            item=items[n % ITEMS],
            number=f"BENCH-{n:06d}",
            supplier_lot=f"S{n * 7:07d}",
            expires_on=date(2027, 1, 1) + timedelta(days=n % 700) if n % 2 else None,
        )
        for n in range(count)
    ]
    return Lot.objects.bulk_create(rows, batch_size=2000)


def _orders(site: Site, items: list[Item]) -> None:
    partners = Partner.objects.bulk_create(
        [Partner(code=f"BP-{n:03d}", name=f"Company {n}", is_customer=True, is_supplier=True) for n in range(200)]
    )
    unit, day = items[0].unit, date(2026, 6, 1)
    bought = PurchaseOrder.objects.bulk_create(
        [
            PurchaseOrder(
                number=f"PUR-B{n:05d}", supplier=partners[n % 200], site=site, currency="EUR",
                status="DRAFT" if n % 2 else "CANCELLED",
            )
            for n in range(ORDERS)
        ]
    )  # fmt: skip
    sold = SalesOrder.objects.bulk_create(
        [
            SalesOrder(
                number=f"SO-B{n:05d}", customer=partners[n % 200], site=site, currency="EUR", ordered_on=day,
                status="DRAFT" if n % 2 else "CANCELLED",
            )
            for n in range(ORDERS)
        ]
    )  # fmt: skip
    for model, orders in ((PurchaseLine, bought), (SalesLine, sold)):
        model.objects.bulk_create(
            [
                model(order=order, position=line + 1, item=items[(n * 3 + line) % ITEMS], quantity=10, unit=unit)
                for n, order in enumerate(orders)
                for line in range(LINES)
            ],
            batch_size=2000,
        )


def _moved(site: Site, person: User, lots: int, places: int) -> int:
    outside = {place.kind: place.pk for place in Location.objects.filter(site=site)}
    with connection.cursor() as cursor:
        wish = {
            "began": BEGAN, "lots": lots, "by": person.pk, "site": site.pk, "supplier": outside["SUPPLIER"],
            "production": outside["PRODUCTION"], "each": MOVES_A_LOT, "places": places,
        }  # fmt: skip
        cursor.execute(_MOVES, wish)
        written = int(cursor.rowcount)
        cursor.execute(_VALUES, {"currency": settings.CURRENCY})
    return written


def _genealogy(item: Item) -> tuple[Lot, Lot, int]:
    """Six levels of 500 lots, each made of four of the level above."""
    root = Lot.objects.create(item=item, number="ROOT")
    layers = [[root.pk]]
    for level in range(LEVELS):
        rows = [Lot(item=item, number=f"MADE-{level}-{n:04d}") for n in range(WIDE)]
        layers.append([lot.pk for lot in Lot.objects.bulk_create(rows)])
    uses = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY inventory_lotuse (source_kind, source_id, source_label, input_id, output_id, quantity, at) FROM STDIN"
        ) as rows,
    ):
        for above, below in pairwise(layers):
            for n, made in enumerate(below):
                for used in {above[(n * 7 + way * 131) % len(above)] for way in range(FAN)}:
                    rows.write_row(("", None, "", used, made, "2.5", BEGAN))
                    uses += 1
    return root, Lot.objects.get(pk=layers[-1][0]), uses
