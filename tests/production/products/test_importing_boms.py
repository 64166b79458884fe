"""Parts lists of the old system come over: flat, indented, for one product; changed ones as a new version."""

from datetime import UTC, date, datetime
from decimal import Decimal
from unittest import mock

import pytest

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, carry_in
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.people.models import User
from inventory.items.models import Item
from production.products.models import Bom, BomLine
from tests.world.inventory import a_unit, an_item
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant
from tests.world.products import a_bom, a_bom_line, a_structure

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FLAT = """Baugruppe;Komponente;Menge;Einheit;Referenz;Ausschuss in Prozent
BIKE;FRAME;1;;;
BIKE;WHEEL;2;pcs;W1 W2;2,5
WHEEL;SPOKE;36;;;
"""


@pytest.fixture
def plant() -> Plant:
    a_unit("pcs")
    return a_plant()


def checked(migrator: User, plant: Plant, text: str, **options: object) -> ImportRun:
    with acting(migrator, channel="test"):
        run = open_run(
            actor=migrator, site=plant.site, name="list.csv", content=[text.encode()], at=NOW, kind="boms"
        )  # fmt: skip
        choose(actor=migrator, run_id=run.pk, at=NOW, **options)
        return check_run(actor=migrator, run_id=run.pk, at=NOW)


def brought(migrator: User, plant: Plant, text: str, **options: object) -> ImportRun:
    return carry_in(actor=migrator, run_id=checked(migrator, plant, text, **options).pk, at=NOW)


def lines(number: str, code: str = "1") -> list[tuple[int, str, str]]:
    rows = BomLine.objects.filter(bom__item__number=number, bom__code=code).order_by("position")
    return [(row.position, row.item.number, f"{row.quantity.normalize():f}") for row in rows.select_related("item")]


def test_a_flat_list_comes_released_and_again_unchanged(plant: Plant, migrator: User) -> None:
    for number in ("BIKE", "FRAME", "WHEEL", "SPOKE"):
        an_item(number)
    run = brought(migrator, plant, FLAT)
    assert (run.created, run.totals["taken"]["quantity"]) == (3, "39")
    assert lines("BIKE") == [(10, "FRAME", "1"), (20, "WHEEL", "2")]
    assert lines("WHEEL") == [(10, "SPOKE", "36")]
    wheel = BomLine.objects.get(item__number="WHEEL")
    assert (wheel.loss_percent, wheel.designators, wheel.bom.status) == (Decimal("2.5"), "W1 W2", "RELEASED")
    assert [one["code"] for one in report_of(run)["warnings"]] == []

    again = brought(migrator, plant, FLAT)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 3)
    assert Bom.objects.count() == 2


def test_a_changed_list_makes_a_new_version_from_today_and_keeps_the_old_one(plant: Plant, migrator: User) -> None:
    for number in ("BIKE", "FRAME", "WHEEL", "SPOKE", "BELL"):
        an_item(number)
    brought(migrator, plant, FLAT)
    other = brought(migrator, plant, FLAT.replace("BIKE;FRAME;1;;;", "BIKE;BELL;1;;;").replace("2;pcs", "3;pcs"))
    assert (other.created, other.changed, other.unchanged) == (1, 1, 1)
    assert lines("BIKE") == [(10, "FRAME", "1"), (20, "WHEEL", "2")]
    assert lines("BIKE", "2") == [(20, "WHEEL", "3"), (30, "BELL", "1")]
    days = (
        Bom.objects.filter(item__number="BIKE")
        .order_by("pk")
        .values_list("code", "status", "valid_from", "valid_until")
    )
    assert list(days) == [("1", "RELEASED", None, date(2026, 11, 23)), ("2", "RELEASED", date(2026, 11, 23), None)]
    assert Bom.objects.filter(item__number="WHEEL").count() == 1

    brought(migrator, plant, FLAT)
    assert list(days.all().values_list("code", "status")) == [("1", "RELEASED"), ("2", "OBSOLETE"), ("3", "RELEASED")]
    assert lines("BIKE", "3") == [(20, "WHEEL", "2"), (30, "FRAME", "1")]


def test_a_file_that_names_only_some_lines_leaves_the_others(plant: Plant, migrator: User) -> None:
    a_structure({"BIKE": {"FRAME": "1", "WHEEL": "2"}})
    run = brought(migrator, plant, "Baugruppe;Komponente;Menge\nBIKE;WHEEL;3\n", constants={"names_some": "yes"})
    assert (run.changed, lines("BIKE", "2")) == (1, [(10, "FRAME", "1"), (20, "WHEEL", "3")])


def test_a_draft_is_changed_where_it_stands(plant: Plant, migrator: User) -> None:
    bom = a_bom(an_item("BIKE"), {an_item("FRAME"): "1", an_item("WHEEL"): "2"}, status="DRAFT")
    run = brought(migrator, plant, "Baugruppe;Komponente;Menge;Position\nBIKE;WHEEL;2;10\nBIKE;FRAME;4;20\n")
    assert (run.changed, lines("BIKE")) == (2, [(10, "WHEEL", "2"), (20, "FRAME", "4")])
    bom.refresh_from_db()
    assert (bom.status, Bom.objects.count()) == ("DRAFT", 1)

    brought(migrator, plant, "Baugruppe;Komponente;Menge\nBIKE;WHEEL;2\n", constants={"status": "released"})
    bom.refresh_from_db()
    assert (bom.status, lines("BIKE")) == ("RELEASED", [(10, "WHEEL", "2")])


@pytest.mark.parametrize(
    ("levels", "numbers"),
    [
        ("0 1 2 1", "BIKE WHEEL SPOKE FRAME"),
        ("1 1.1 1.1.1 1.2", "BIKE WHEEL SPOKE FRAME"),
        (". .. ... ..", "BIKE WHEEL SPOKE FRAME"),
        (".1 ..2 ...3 ..2", "BIKE WHEEL SPOKE FRAME"),
    ],
)
def test_an_indented_list_hangs_each_row_below_the_one_above(
    plant: Plant, migrator: User, levels: str, numbers: str
) -> None:
    rows = zip(levels.split(), numbers.split(), ("1", "2", "36", "1"), strict=True)
    text = "Ebene;Komponente;Menge\n" + "".join(f"{level};{number};{each}\n" for level, number, each in rows)
    brought(migrator, plant, text, creates_missing=True)
    assert lines("BIKE") == [(10, "WHEEL", "2"), (20, "FRAME", "1")]
    assert lines("WHEEL") == [(10, "SPOKE", "36")]
    assert Bom.objects.count() == 2
    made = Item.objects.get(number="WHEEL")
    assert (made.is_bought, made.is_made) == (True, True)


def test_an_indented_list_of_one_product_and_a_part_told_twice(plant: Plant, migrator: User) -> None:
    rows = (
        "1;WHEEL-F;1", "2;RIM;1", "2;SPOKE;36", "1;WHEEL-R;1", "2;HUB;1", "1;SPARE;1", "2;WHEEL-F;1", "3;RIM;1",
        "3;SPOKE;36",
    )  # fmt: skip
    text = "Level;Part number;Quantity\n" + "\n".join(rows) + "\n"
    run = brought(migrator, plant, text, creates_missing=True, constants={"parent": "BIKE"})
    assert lines("BIKE") == [(10, "WHEEL-F", "1"), (20, "WHEEL-R", "1"), (30, "SPARE", "1")]
    assert lines("WHEEL-F") == [(10, "RIM", "1"), (20, "SPOKE", "36")]
    assert (run.created, run.unchanged) == (7, 2)

    wrong = checked(migrator, plant, text[:-3] + "40\n", creates_missing=True, constants={"parent": "BIKE"})
    with pytest.raises(NothingImported, match="WHEEL-F is told in row 3 already"):
        carry_in(actor=migrator, run_id=wrong.pk, at=NOW)


def test_a_ring_is_refused_with_its_way_and_nothing_stays(plant: Plant, migrator: User) -> None:
    a_structure({"BIKE": {"WHEEL": "2"}})
    an_item("SPOKE")
    text = "Baugruppe;Komponente;Menge\nWHEEL;SPOKE;36\nSPOKE;BIKE;1\n"
    run = checked(migrator, plant, text)
    with pytest.raises(NothingImported, match="SPOKE would be made of itself: SPOKE › BIKE › WHEEL › SPOKE"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert Bom.objects.count() == 1
    told = report_of(ImportRun.objects.get(pk=run.pk))["refused"]
    assert [(one["row"], one["column"], one["value"], one["code"]) for one in told] == [
        (3, "Komponente", "BIKE", "product_ring")
    ]

    level = "Level;Part number;Quantity\n0;A;1\n1;B;1\n2;C;1\n3;A;1\n"
    run = checked(migrator, plant, level, creates_missing=True)
    with pytest.raises(NothingImported, match="would be made of itself: C › A › B › C"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert not Item.objects.filter(number="C").exists()


def test_what_a_row_says_wrong_is_named_beside_its_cell(plant: Plant, migrator: User) -> None:
    for number in ("A", "B"):
        an_item(number)
    rows = ["A;B;0;;", "A;B;1;100;", "A;B;2;;R1 R2 R3", "A;B;1;;R1-R2"]
    text = "Parent;Component;Qty;Scrap percent;Designators\n" + "\n".join(rows) + "\n"
    run = checked(migrator, plant, text, partly=True)
    report = report_of(carry_in(actor=migrator, run_id=run.pk, at=NOW))
    assert [(one["row"], one["column"], one["code"]) for one in report["refused"]] == [
        (2, "Qty", "out_of_bounds"), (3, "Scrap percent", "out_of_bounds"), (4, "Parent", "document_refused"),
        (5, "Parent", "document_refused"),
    ]  # fmt: skip
    assert not Bom.objects.exists()
    single = brought(migrator, plant, text.replace("A;B;0;;\nA;B;1;100;\n", ""))
    told = report_of(single)["warnings"]
    assert [(one["row"], one["message"]) for one in told] == [
        (2, "3 places are named for a quantity of 2."), (3, "2 places are named for a quantity of 1."),
    ]  # fmt: skip
    assert lines("A") == [(10, "B", "2"), (20, "B", "1")]


def test_what_is_there_is_skipped_or_stops_the_import_where_that_is_wished(plant: Plant, migrator: User) -> None:
    a_structure({"BIKE": {"FRAME": "1"}})
    text = "Parent;Component;Qty\nBIKE;FRAME;2\n"
    assert brought(migrator, plant, text, existing="skip").skipped == 1
    run = checked(migrator, plant, text, existing="stop")
    with pytest.raises(NothingImported, match="“BIKE” exists already"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert (lines("BIKE"), Bom.objects.count()) == ([(10, "FRAME", "1")], 1)


def test_empty_cells_empty_what_is_there_only_where_that_is_wished(plant: Plant, migrator: User) -> None:
    bom = a_bom(an_item("BIKE"), status="DRAFT")
    a_bom_line(bom, an_item("FRAME"), note="painted", designators="F1", loss_percent="2")
    text = "Parent;Component;Qty;Note;Scrap percent\nBIKE;FRAME;1;;\n"
    assert brought(migrator, plant, text).unchanged == 1
    assert brought(migrator, plant, text, clears=True).changed == 1
    line = BomLine.objects.get()
    assert (line.note, line.loss_percent, line.designators) == ("", 0, "F1")


def test_two_versions_with_days_come_as_they_were_and_days_that_overlap_are_refused(
    plant: Plant, migrator: User
) -> None:
    for number in ("BIKE", "FRAME"):
        an_item(number)
    head = "Parent;Version;Component;Qty;version valid from;version valid until before\n"
    text = head + "BIKE;1;FRAME;1;;2020-01-01\nBIKE;2;FRAME;2;2020-01-01;\n"
    assert brought(migrator, plant, text).created == 2
    days = Bom.objects.order_by("pk").values_list("code", "status", "valid_from", "valid_until")
    since = date(2020, 1, 1)
    assert list(days) == [("1", "RELEASED", None, since), ("2", "RELEASED", since, None)]
    assert brought(migrator, plant, text).unchanged == 2

    run = checked(migrator, plant, head + "BIKE;3;FRAME;3;2019-01-01;2021-01-01\n")
    with pytest.raises(NothingImported, match="Version 1 is released for some of these days"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    run = checked(migrator, plant, head + "BIKE;2;FRAME;5;;\n")
    with pytest.raises(NothingImported, match="Version 2 of BIKE is released and no longer changes"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert lines("BIKE", "2") == [(10, "FRAME", "2")]


def test_a_unit_without_a_conversion_is_refused_where_something_relies_on_the_old_one(
    plant: Plant, migrator: User
) -> None:
    a_unit("oz")
    a_structure({"FRAME": {"PAINT": "1"}})
    an_item("BIKE")
    run = checked(migrator, plant, "Parent;Component;Qty;Unit\nBIKE;PAINT;8;oz\n")
    with pytest.raises(NothingImported, match="Nobody said how many pcs of PAINT one oz is"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert Item.objects.get(number="PAINT").unit.code == "pcs"


def test_whoever_may_not_release_brings_drafts_only(plant: Plant) -> None:
    a_structure({"BIKE": {"FRAME": "1"}})
    for number in ("CAR", "DOOR"):
        an_item(number)
    planner = a_user("paul", "migrator", plant.site)
    text = "Parent;Component;Qty\nCAR;DOOR;4\n"
    run = checked(planner, plant, text)
    with mock.patch("production.products.services.bringing.boms.may", return_value=False):
        with pytest.raises(NothingImported, match="bring them as drafts"):
            carry_in(actor=planner, run_id=run.pk, at=NOW)
        brought(planner, plant, text, constants={"status": "draft"})
    assert Bom.objects.get(item__number="CAR").status == "DRAFT"
