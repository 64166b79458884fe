"""The opening says what really differs: books are asked only for what a file says and what they keep."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from factory_core.importing import kinds
from factory_core.importing.kinds import Field, FieldType, Kind, Outcome
from factory_core.importing.models import ImportRun
from factory_core.importing.opening_views import _places, _totals
from factory_core.importing.queries.opening import missing_of
from factory_core.importing.queries.register import places_of, totals_of
from factory_core.importing.services.comparing import compared
from factory_core.people.models import User
from tests.factory_core.importing import test_register as given
from tests.factory_core.importing.test_register import NOW, begun, imported
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
mia = given.mia
NUMBER = FieldType.NUMBER
Held = list[dict[str, Any]]
Offered = Callable[..., Held]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Offered:
    """A kind whose rows lie in a list as `kept` writes them; rows of which it writes nothing are left out."""

    def offer(fields: tuple[Field, ...], key: tuple[str, ...], kept: Any = dict, **more: Any) -> Held:
        held: Held = []

        def take(rows: Any, context: Any) -> None:
            for row in rows:
                stays = kept(row.values)
                row.outcome = Outcome.CREATED if stays else Outcome.SKIPPED
                held.extend([stays] if stays else [])

        kind = Kind("things", "Things", "import.run", fields, key, take, lambda actor, site: held, **more)
        monkeypatch.setitem(kinds._kinds, "things", kind)
        places = replace(kind, name="locations", label="Places", known=lambda a, s, texts: dict.fromkeys(texts, 1))
        monkeypatch.setitem(kinds._kinds, "locations", places)
        return held

    return offer


def brought(plant: Plant, mia: User, text: str) -> ImportRun:
    """A file of things, compared."""
    run = imported(plant, mia, text, "things")
    run.totals["books"] = compared(mia, run, NOW)
    return run


def totals(run: ImportRun) -> list[tuple[Any, ...]]:
    return totals_of(run, kinds.kind_named("things")).rows


def findings(plant: Plant, mia: User, *runs: ImportRun) -> list[str]:
    return [one.code for one in missing_of(begun(mia, plant, *runs), runs)]


def test_a_run_is_compared_with_rows_that_say_what_it_says(plant: Plant, mia: User, offered: Offered) -> None:
    fields = (
        Field("item", "Item", required=True), Field("day", "Day", FieldType.DATE), Field("cost", "Cost", NUMBER),
        Field("price", "Price", NUMBER),
    )  # fmt: skip
    empty = {"item": None, "day": None, "cost": None, "price": None}
    offered(fields, ("item", "day"), lambda values: {**empty, **values})
    costs = brought(plant, mia, "Item;Day;Cost\nA;2026-01-01;3\nB;2026-01-01;4\n")
    prices = brought(plant, mia, "Item;Day;Price\nA;2026-01-01;5\nB;2026-01-01;6\nB;2026-02-01;7\n")
    costs.totals["books"] = compared(mia, costs, NOW)
    assert totals(costs) == [("Rows", 2, None, 2, 2, 0)]
    assert totals(prices) == [("Rows", 3, None, 3, 3, 0)]


def test_rows_without_what_names_them_are_not_looked_for(plant: Plant, mia: User, offered: Offered) -> None:
    fields = (Field("code", "Code"), Field("name", "Name"), Field("amount", "Amount", NUMBER, is_total=True))
    offered(fields, ("code",), lambda values: {**values, "code": str(values["name"]).upper()})
    run = brought(plant, mia, "Name;Amount\nScratch;2\nDent;3\n")
    assert totals(run) == [
        ("Rows", 2, None, 2, None, None), ("Amount", Decimal(5), None, Decimal(5), None, None),
    ]  # fmt: skip
    assert findings(plant, mia, run) == ["kind_not_brought"]


def test_what_is_only_added_up_has_no_books(plant: Plant, mia: User, offered: Offered) -> None:
    fields = (Field("code", "Code", required=True), Field("hours", "Hours", NUMBER, is_total=True))
    held = offered(fields, ("code",), lambda values: {"code": values["code"]})
    run = brought(plant, mia, "Code;Hours\n10;96\n20;108\n")
    assert totals(run) == [
        ("Rows", 2, None, 2, 2, 0), ("Hours", Decimal(204), None, Decimal(204), None, None),
    ]  # fmt: skip
    assert findings(plant, mia, run) == ["kind_not_brought"]
    del held[1]
    assert compared(mia, run, NOW)["rows"] == {"file": 2, "taken": 2, "books": 1}


def test_rows_that_were_left_out_did_not_come(plant: Plant, mia: User, offered: Offered) -> None:
    fields = (Field("code", "Code", required=True), Field("name", "Name"))
    held = offered(fields, ("code",), lambda values: values if values["name"] else None)
    run = brought(plant, mia, "Code;Name\nA;One\nB;\nC;Three\n")
    assert totals(run) == [("Rows", 3, None, 2, 2, 0)]
    held.pop()
    assert compared(mia, run, NOW)["rows"] == {"file": 3, "taken": 2, "books": 1}


def test_a_sheet_of_heads_counts_documents_not_their_lines(plant: Plant, mia: User, offered: Offered) -> None:
    fields = (
        Field("code", "Number", required=True, of_parent=True), Field("name", "Supplier", of_parent=True),
        Field("net", "Net", NUMBER, is_total=True, of_parent=True), Field("quantity", "Quantity", NUMBER),
    )  # fmt: skip
    held = offered(fields, ("code",))
    run = brought(plant, mia, "Number;Supplier;Net\n1;X;10\n2;Y;20\n")
    held[:] = [{**one, "quantity": Decimal(count)} for one in held for count in (1, 2, 3)]
    run.totals["books"] = compared(mia, run, NOW)
    assert totals(run) == [("Rows", 2, None, 2, 2, 0), ("Net", Decimal(30), None, Decimal(30), Decimal(30), 0)]


def test_a_value_that_no_column_gives_is_the_books_alone(plant: Plant, mia: User, offered: Offered) -> None:
    fields = (
        Field("item", "Item", required=True), Field("quantity", "Quantity", NUMBER, is_total=True),
        Field("location", "Location", FieldType.REFERENCE, required=True, refers_to="locations"),
        Field("value", "Value", NUMBER, is_total=True),
    )  # fmt: skip
    offered(fields, ("item", "location"), lambda values: {**values, "value": 2 * values["quantity"]}, adds_up=True)
    run = brought(plant, mia, "Item;Location;Quantity\nA;HALL;10\nA;HALL;2,5\nB;YARD;4\n")
    here = [
        ("HALL", "Quantity", Decimal("12.5"), Decimal("12.5"), 0), ("HALL", "Value", None, Decimal(25), None),
        ("YARD", "Quantity", Decimal(4), Decimal(4), 0), ("YARD", "Value", None, Decimal(8), None),
    ]  # fmt: skip
    assert places_of(run, kinds.kind_named("things")).rows == here
    assert _places([run]).rows == here
    # Pieces that add up may lie together as one: their figures tell, not how many they are.
    assert totals(run)[0] == ("Rows", 3, None, 3, 3, None)
    assert [row[1:] for row in _totals([run]).rows] == totals(run)
    assert findings(plant, mia, run) == ["kind_not_brought"]
    run.totals["books"]["fields"]["quantity"]["books"] = "16"
    found = missing_of(run.membership.opening, [run])
    assert [one.code for one in found] == ["totals_differ", "kind_not_brought"]
    assert found[0].sentence == "The totals of things.csv differ."
    run.sheet = "June"
    assert missing_of(run.membership.opening, [run])[0].sentence == "The totals of things.csv · June differ."
