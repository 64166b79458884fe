"""Routings and work centres of the old system come over: hours of a lot as seconds a piece, steps as instructions."""

from datetime import date
from decimal import Decimal

import pytest

from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, carry_in
from factory_core.people.models import User
from production.costing.models import Rate
from production.products.models import Instruction, Routing, RoutingOperation, WorkCentre
from tests.world.bringing import NOW, brought, checked, undone
from tests.world.inventory import an_item
from tests.world.plant import Plant
from tests.world.products import a_routing, a_work_centre

pytestmark = pytest.mark.django_db
PLAIN = """Item;Operation number;Operation;Work centre;Setup min;Run min;Instruction
A;10;Saw;SAW;15;1.5;Cut
A;20;Weld;WELD;;0.25;
B;10;Saw;SAW;;2;
"""
HOURS = """Name,LocationSequence,LocationID,SetupHours,MachineHours,LaborHours,LotSize,StepNumber,Step
HL Frame,1,SAW,0.5,3,2.5,100,1,Insert sheet.
HL Frame,1,SAW,0.5,3,2.5,100,2,Press Start.
HL Frame,2,WELD,,,4,1,1,Weld it.
"""


@pytest.fixture
def centres(plant: Plant) -> list[WorkCentre]:
    return [a_work_centre(plant.line_a, code, name=name) for code, name in (("SAW", "Saw"), ("WELD", "Welding"))]


def operations(number: str, code: str = "1") -> list[tuple[int, str, str, str, str]]:
    rows = RoutingOperation.objects.filter(routing__item__number=number, routing__code=code).order_by("number")
    return [
        (one.number, one.name, one.work_centre.code, f"{one.setup_s.normalize():f}", f"{one.run_s.normalize():f}")
        for one in rows.select_related("work_centre")
    ]


def test_a_plain_list_comes_released_and_again_unchanged(plant: Plant, migrator: User, centres: list) -> None:
    for number in ("A", "B"):
        an_item(number)
    run = brought(migrator, plant.site, "routings", PLAIN)
    assert run.created == 3
    assert operations("A") == [(10, "Saw", "SAW", "900", "90"), (20, "Weld", "WELD", "0", "15")]
    assert operations("B") == [(10, "Saw", "SAW", "0", "120")]
    assert [one.text for one in Instruction.objects.all()] == ["Cut"]
    again = brought(migrator, plant.site, "routings", PLAIN)
    assert (again.created, again.changed, again.unchanged, Routing.objects.count()) == (0, 0, 3, 2)

    other = PLAIN.replace("0.25", "0.5").replace(";Cut", ";Cut to length")
    assert brought(migrator, plant.site, "routings", other).changed == 2
    assert operations("A", "2") == [(10, "Saw", "SAW", "900", "90"), (20, "Weld", "WELD", "0", "30")]
    assert operations("A") == [(10, "Saw", "SAW", "900", "90"), (20, "Weld", "WELD", "0", "15")]
    texts = Instruction.objects.order_by("operation__routing__code").values_list("operation__routing__code", "text")
    assert list(texts) == [("1", "Cut"), ("2", "Cut to length")]
    assert Routing.objects.get(item__number="A", code="1").valid_until == date(2026, 11, 23)


def test_hours_of_a_lot_and_the_variants_of_a_model(plant: Plant, migrator: User, centres: list) -> None:
    for number, name in (("F-R", "HL Frame - Red, 62"), ("F-B", "HL Frame - Black"), ("X", "HL Frame Set")):
        an_item(number, name=name)
    run = brought(migrator, plant.site, "routings", HOURS)
    assert (run.created, sorted(Routing.objects.values_list("item__number", flat=True))) == (3, ["F-B", "F-R"])
    assert operations("F-R") == [(1, "Saw", "SAW", "1800", "108"), (2, "Welding", "WELD", "0", "14400")]
    saw, weld = RoutingOperation.objects.filter(routing__item__number="F-R").order_by("number")
    assert (saw.setup_crew, saw.run_crew, saw.count_by) == (0, Decimal("0.833333"), "BOTH")
    assert (weld.run_crew, weld.count_by) == (1, "PERSON")
    assert list(saw.instructions.values_list("position", "text")) == [(1, "Insert sheet."), (2, "Press Start.")]
    again = brought(migrator, plant.site, "routings", HOURS)
    assert (again.unchanged, Routing.objects.count()) == (3, 2)
    undone(migrator, run)
    assert not Routing.objects.exists()


def test_a_draft_is_changed_where_it_stands(plant: Plant, migrator: User, centres: list) -> None:
    a_routing(an_item("A"), centres[0], ("30", "40"), status="DRAFT")
    an_item("B")
    run = brought(migrator, plant.site, "routings", PLAIN)
    assert (run.created, run.changed) == (1, 2)
    assert operations("A") == [(10, "Saw", "SAW", "900", "90"), (20, "Weld", "WELD", "0", "15")]
    assert Routing.objects.get(item__number="A").status == "DRAFT"


def test_what_a_row_says_wrong_is_named_beside_its_cell(plant: Plant, migrator: User, centres: list) -> None:
    an_item("A")
    text = "Item;Model;Op;Work centre;Run min\n;HL Fork;10;SAW;1\nA;;10;DRILL;1\nA;;20;SAW;\nA;;30;WELD;-1\n"
    run = checked(migrator, plant.site, "routings", text, partly=True)
    told = report_of(run)["refused"]
    assert [(one["row"], one["column"], one["code"]) for one in told][:2] == [
        (3, "Work centre", "unknown_reference"), (5, "Run min", "out_of_bounds"),
    ]  # fmt: skip


CENTRES = """LocationID,Name,CostRate,Availability,Line
10,Frame Forming,22.5,96.0,A
50,Subassembly,12.25,120.0,A
1,Tool Crib,0.0,0.0,A
"""


def test_work_centres_come_with_what_an_hour_costs(plant: Plant, migrator: User) -> None:
    text = CENTRES.replace(",A\n", f",{plant.line_a.code}\n")
    run = brought(migrator, plant.site, "work_centres", text)
    assert (run.created, run.totals["taken"]["availability"]) == (3, "216.0")
    rates = Rate.objects.order_by("work_centre__code").values_list("work_centre__code", "labour_hour", "valid_from")
    assert list(rates) == [("10", Decimal("22.5"), date(2026, 11, 23)), ("50", Decimal("12.25"), date(2026, 11, 23))]
    assert WorkCentre.objects.get(code="10").name == "Frame Forming"
    assert brought(migrator, plant.site, "work_centres", text).unchanged == 3

    other = brought(migrator, plant.site, "work_centres", text.replace("22.5", "23").replace("Subassembly", "Assembly"))
    assert (other.changed, other.unchanged) == (2, 1)
    assert Rate.objects.get(work_centre__code="10").labour_hour == 23
    undone(migrator, other)
    assert Rate.objects.get(work_centre__code="10").labour_hour == Decimal("22.5")
    assert WorkCentre.objects.get(code="50").name == "Subassembly"


def test_a_site_with_several_lines_asks_for_the_line(plant: Plant, migrator: User) -> None:
    text = "\n".join(line.rpartition(",")[0] for line in CENTRES.splitlines()) + "\n"
    run = checked(migrator, plant.site, "work_centres", text)
    with pytest.raises(NothingImported, match="several lines"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert not WorkCentre.objects.exists()
