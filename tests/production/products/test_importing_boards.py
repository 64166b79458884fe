"""Parts lists of boards as people keep them come over: what is no line stays outside, traps are named."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.importing.exporting import csv_lines, write_xlsx
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import carry_in
from factory_core.people.models import User
from inventory.items.models import Item
from production.products.models import Bom, BomLine, Routing, WorkCentre
from tests.world.bringing import NOW, undone
from tests.world.checksums import checksums, tables_of
from tests.world.files import checked_file
from tests.world.inventory import a_unit, an_item
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant
from tests.world.products import a_bom, a_bom_line, a_routing, a_work_centre

CIAA = Path(__file__).parents[4] / "shared" / "data" / "messy_workbooks" / "ciaa"
pytestmark = pytest.mark.django_db
real = pytest.mark.skipif(not CIAA.exists(), reason="the real files are not here")
BOARD = {
    "Componente": "component", "Cantidad por PCB": "quantity", "Referencia": "designators",
    "Descripción": "description", "Código Digi-Key": "manufacturer_part",
    "Costo por PCB (USD FOB DigiKey)": "line_cost",
}  # fmt: skip
K60 = {
    "REF": "designators", "VALUE": "component_name", "CANT": "quantity", "DESC": "description",
    "PN-DIGI-KEY": "component", "FAB": "manufacturer",
}  # fmt: skip
PLAIN = {"Reference": "designators", "Quantity": "quantity", "Value": "component_name", "Part number": "component"}


@pytest.fixture
def plant() -> Plant:
    a_unit("pcs")
    return a_plant()


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CIAA.parents[1] / "expected.json").read_text())["messy_workbooks"]["cases"]
    return found


def brought(migrator: User, plant: Plant, name: str, parent: str, columns: dict[str, str]) -> ImportRun:
    run = checked_file(
        migrator, plant.site, name, (CIAA / name).read_bytes(), at=NOW, kind="boms", columns=columns,
        constants={"parent": parent}, creates_missing=True,
    )  # fmt: skip
    assert report_of(run)["refused"] == []
    return carry_in(actor=migrator, run_id=run.pk, at=NOW)


def warned(run: ImportRun, code: str) -> int:
    return sum(1 for one in report_of(run)["warnings"] if one["code"] == code)


@real
@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_a_spanish_board_gives_its_lines_pieces_and_cost(
    plant: Plant, migrator: User, cases: dict[str, Any], ending: str
) -> None:
    before = checksums(tables_of("inventory", "production"))
    run = brought(migrator, plant, f"ciaa-nxp-bom.{ending}", "CIAA-NXP", BOARD)
    case = cases[f"ciaa/ciaa-nxp-bom.{ending}"]
    lines = BomLine.objects.filter(bom__item__number="CIAA-NXP")
    assert (run.created, lines.count()) == (case["bom_lines"], case["bom_lines"])
    assert sum(line.quantity for line in lines) == case["pieces_per_board"]
    assert round(float(run.totals["taken"]["line_cost"]), 9) == case["printed_component_cost"]
    assert warned(run, "places_differ") == case["lines_whose_reference_count_differs_from_quantity"]
    assert Item.objects.get(number="BK-913").description == "Soporte batería CR2032\nBK-913-ND"
    undone(migrator, run)
    assert checksums(tables_of("inventory", "production")) == before


@real
def test_a_board_with_titles_and_parts_without_a_number(plant: Plant, migrator: User, cases: dict[str, Any]) -> None:
    run = brought(migrator, plant, "CIAA_K60-BoM.csv", "CIAA-K60", K60)
    case, lines = cases["ciaa/CIAA_K60-BoM.csv"], BomLine.objects.all()
    assert (run.created, lines.count()) == (case["bom_lines"], case["bom_lines"])
    assert sum(line.quantity for line in lines) == case["pieces"]
    assert warned(run, "places_differ") == case["lines_whose_reference_count_differs_from_quantity"]
    # Beside those without a number, one row has a list of places where its number should be.
    assert warned(run, "named_by_name") == case["lines_without_part_number"] + 1
    assert Item.objects.get(number="JUMPER").used_in.get().quantity == 10


@real
def test_one_changed_part_makes_a_new_version_with_that_line_changed(
    plant: Plant, migrator: User, cases: dict[str, Any]
) -> None:
    case = cases["ciaa/bom_v0.1.xls -> bom_v0.2.xls"]
    first = brought(migrator, plant, "bom_v0.1.xls", "BOARD", PLAIN)
    assert first.created == case["lines_v01"]
    other = brought(migrator, plant, "bom_v0.2.xls", "BOARD", PLAIN)
    assert (other.created, other.changed, other.unchanged) == (0, 1, case["lines_v02"] - 1)
    parts = {code: set(BomLine.objects.filter(bom__code=code).values_list("item__number", flat=True)) for code in "12"}
    assert parts["1"] - parts["2"] == {case["only_in_v01"][0][4]}
    assert parts["2"] - parts["1"] == {case["only_in_v02"][0][4]}
    undone(migrator, other)
    assert list(Bom.objects.values_list("code", "valid_until")) == [("1", None)]


@pytest.mark.parametrize("kind", ["work_centres", "boms", "routings"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_goes_out_comes_back_unchanged(plant: Plant, migrator: User, kind: str, ending: str) -> None:
    bike, wheel, paint = an_item("BIKE"), an_item("WHEEL"), an_item("PAINT", unit="kg")
    bom = a_bom(bike, {wheel: "2.500"}, quantity="5")
    a_bom_line(bom, paint, "0.125", designators="P1", loss_percent="2.5", note="=thin")
    a_bom(bike, {wheel: "3"}, code="2", status="DRAFT")
    a_bom(wheel, {paint: "1"}, status="OBSOLETE")
    centre = a_work_centre(plant.line_a, "0042")
    a_routing(bike, centre, ("30.5", "0.001"))
    a_routing(wheel, centre, status="DRAFT")
    described = kind_named(kind)
    assert described is not None
    rows = list(described.rows(migrator, plant.site))
    target = io.BytesIO()
    if ending == "xlsx":
        write_xlsx(described, rows, target)
    else:
        target.write(b"".join(csv_lines(described, rows)))
    run = checked_file(migrator, plant.site, f"out.{ending}", target.getvalue(), at=NOW, kind=kind)
    assert report_of(run)["refused"] == []
    run = carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert (run.created, run.changed, run.unchanged) == (0, 0, len(rows))
    assert (Bom.objects.count(), Routing.objects.count(), WorkCentre.objects.count()) == (3, 2, 1)


@pytest.mark.parametrize("kind", ["work_centres", "boms", "routings"])
def test_nothing_goes_out_to_a_stranger(plant: Plant, kind: str) -> None:
    a_bom(an_item("BIKE"), {an_item("WHEEL"): "1"})
    a_routing(Item.objects.get(number="BIKE"), a_work_centre(plant.line_a))
    described = kind_named(kind)
    assert described is not None
    assert list(described.rows(a_user("stranger"), plant.site)) == []


def test_many_rows_ask_no_more_questions_than_few(plant: Plant, migrator: User) -> None:
    asked = []
    for many in (5, 200):
        rows = "".join(f"M{many}-{one};P{many}-{one};2\n" for one in range(many))
        run = checked_file(
            migrator, plant.site, "b.csv", f"Parent;Component;Qty\n{rows}", at=NOW, kind="boms", creates_missing=True
        )
        with CaptureQueriesContext(connection) as queries:
            carry_in(actor=migrator, run_id=run.pk, at=NOW)
        asked.append(len(queries))
    assert asked[0] == asked[1]
