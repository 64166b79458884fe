"""Bills of materials: drafted, changed, copied, released one a day, made obsolete; rights and refusals."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.events.models import Event
from inventory.items.queries import NoConversion
from production.products import services
from production.products.models import Bom, BomAlternate, BomLine
from production.products.queries import NoSuchDesign, ProductRing, bom_on, compare, lines_of
from tests.world.inventory import a_unit, an_item, an_item_unit
from tests.world.people import Cast
from tests.world.products import a_bom, a_bom_line, a_structure

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def act(actor: Any, service: str, **wish: Any) -> Any:
    with acting(actor, channel="test"):
        return getattr(services, service)(actor=actor, at=AT, **wish)


def statuses(item: Any) -> dict[str, tuple[str, date | None, date | None]]:
    return {bom.code: (bom.status, bom.valid_from, bom.valid_until) for bom in Bom.objects.filter(item=item)}


def test_a_bill_of_materials_is_drafted_filled_and_released(cast: Cast) -> None:
    box, screw = an_item("BOX"), an_item("SCREW")
    an_item_unit(screw, "pack", "100")
    bom = act(cast.planner, "draft_bom", item=box)
    assert (bom.code, bom.status, bom.quantity) == ("1", "DRAFT", 1)
    line = act(
        cast.planner, "add_line", bom_id=bom.pk, item=screw, quantity=Decimal("0.5"), unit=a_unit("pack"),
        loss_percent=Decimal("2.5"), designators="S1-S50",
    )  # fmt: skip
    assert (line.position, line.factor, line.unit.code) == (10, 100, "pack")
    act(cast.planner, "release_bom", bom_id=bom.pk)
    assert bom_on(box, AT.date()) == bom
    assert statuses(box) == {"1": ("RELEASED", None, None)}
    told = [event.sentence for event in Event.objects.filter(name__startswith="products.").order_by("id")]
    assert told == [
        "Bill of materials BOX 1 was drafted",
        "0.5 pack of SCREW were added to BOX 1",
        "Bill of materials BOX 1 was released, valid from –",
    ]


def test_releasing_reads_the_size_of_units_afresh(cast: Cast) -> None:
    box, screw = an_item("BOX"), an_item("SCREW")
    own = an_item_unit(screw, "pack", "100")
    bom = a_bom(box, status="DRAFT")
    line = a_bom_line(bom, screw, unit=a_unit("pack"), factor=Decimal(100))
    with acting(cast.planner, channel="test"):
        own.factor = Decimal(120)
        own.save()
    act(cast.planner, "release_bom", bom_id=bom.pk)
    line.refresh_from_db()
    assert (line.factor, line.version) == (120, 2)


def test_a_new_version_ends_the_one_before_it(cast: Cast) -> None:
    items = a_structure({"A": {"B": "2"}})
    copy = act(cast.planner, "copy_bom", bom_id=Bom.objects.get(item=items["A"]).pk)
    assert (copy.code, [line.item.number for line in lines_of(copy)]) == ("2", ["B"])
    act(cast.planner, "release_bom", bom_id=copy.pk, valid_from=date(2027, 1, 1), version=1)
    assert statuses(items["A"]) == {
        "1": ("RELEASED", None, date(2027, 1, 1)),
        "2": ("RELEASED", date(2027, 1, 1), None),
    }


def test_without_a_day_said_a_new_version_begins_on_the_day_of_the_act(cast: Cast) -> None:
    items = a_structure({"A": {"B": "2"}})
    copy = act(cast.planner, "copy_bom", bom_id=Bom.objects.get(item=items["A"]).pk)
    act(cast.planner, "release_bom", bom_id=copy.pk)
    assert statuses(items["A"]) == {"1": ("RELEASED", None, AT.date()), "2": ("RELEASED", AT.date(), None)}


def test_two_released_for_one_day_are_refused_with_the_other_named(cast: Cast) -> None:
    items = a_structure({"A": {"B": "2"}})
    copy = act(cast.planner, "copy_bom", bom_id=Bom.objects.get(item=items["A"]).pk)
    with pytest.raises(services.OneReleasedADay, match="A 1 is released from"):
        act(cast.planner, "release_bom", bom_id=copy.pk, valid_from=date(2027, 1, 1), ends_former=False)
    assert statuses(items["A"]) == {"1": ("RELEASED", None, None), "2": ("DRAFT", None, None)}


def test_what_was_released_no_longer_changes(cast: Cast) -> None:
    items = a_structure({"A": {"B": "2"}})
    bom = Bom.objects.get(item=items["A"])
    line = bom.lines.get()
    wishes: list[tuple[str, dict[str, Any]]] = [
        ("change_bom", {"bom_id": bom.pk, "wish": {"note": "x"}}),
        ("add_line", {"bom_id": bom.pk, "item": an_item(), "quantity": Decimal(1)}),
        ("change_line", {"line_id": line.pk, "wish": {"quantity": Decimal(3)}}),
        ("remove_line", {"line_id": line.pk}),
        ("move_line", {"line_id": line.pk, "up": True}),
        ("set_alternate", {"line_id": line.pk, "item": an_item()}),
        ("remove_bom", {"bom_id": bom.pk}),
        ("release_bom", {"bom_id": bom.pk}),
    ]
    for service, wish in wishes:
        with pytest.raises(services.DesignStands, match="A 1 is released"):
            act(cast.planner, service, **wish)
    assert list(BomLine.objects.values_list("quantity", "version")) == [(2, 1)]
    act(cast.planner, "retire_bom", bom_id=bom.pk, reason="redesign")
    assert bom_on(items["A"], AT.date()) is None
    with pytest.raises(services.DesignStands, match="obsolete and cannot become"):
        act(cast.planner, "retire_bom", bom_id=bom.pk, reason="again")


def test_an_empty_one_is_not_released(cast: Cast) -> None:
    bom = act(cast.planner, "draft_bom", item=an_item("A"))
    act(cast.planner, "add_line", bom_id=bom.pk, item=an_item("CHIPS"), quantity=Decimal(1), kind="BY_PRODUCT")
    with pytest.raises(services.NothingInIt, match="A 1 has no component"):
        act(cast.planner, "release_bom", bom_id=bom.pk)
    assert Bom.objects.get().status == "DRAFT"


def test_a_ring_is_refused_with_its_way_when_a_line_is_added_or_changed(cast: Cast) -> None:
    items = a_structure({"A": {"B": "1"}, "B": {"D": "1"}})
    bom = a_bom(items["D"], status="DRAFT")
    other = a_bom_line(bom, an_item("E"))
    with pytest.raises(ProductRing, match="D would be made of itself: D › A › B › D") as refused:
        act(cast.planner, "add_line", bom_id=bom.pk, item=items["A"], quantity=Decimal(1))
    assert refused.value.details["path"] == ["D", "A", "B", "D"]
    with pytest.raises(ProductRing, match="D › D"):
        act(cast.planner, "add_line", bom_id=bom.pk, item=items["D"], quantity=Decimal(1))
    with pytest.raises(ProductRing, match="D › B › D"):
        act(cast.planner, "change_line", line_id=other.pk, wish={"item": items["B"]})
    with pytest.raises(ProductRing, match="D › A › B › D"):
        act(cast.planner, "set_alternate", line_id=other.pk, item=items["A"])
    assert [line.item.number for line in bom.lines.all()] == ["E"]
    assert not BomAlternate.objects.exists()


def test_a_ring_of_two_drafts_is_refused_when_the_second_is_released(cast: Cast) -> None:
    a, b = an_item("A"), an_item("B")
    first, second = a_bom(a, {b: "1"}, status="DRAFT"), a_bom(b, {a: "1"}, status="DRAFT")
    act(cast.planner, "release_bom", bom_id=first.pk)
    with pytest.raises(ProductRing, match="B › A › B"):
        act(cast.planner, "release_bom", bom_id=second.pk)
    assert statuses(b) == {"1": ("DRAFT", None, None)}


def test_a_ring_needs_days_that_all_share(cast: Cast) -> None:
    a, b = an_item("A"), an_item("B")
    a_bom(a, {b: "1"}, valid_until=date(2027, 1, 1))
    later = act(cast.planner, "draft_bom", item=b, valid_from=date(2027, 1, 1))
    act(cast.planner, "add_line", bom_id=later.pk, item=a, quantity=Decimal(1))
    act(cast.planner, "release_bom", bom_id=later.pk)
    assert bom_on(b, date(2027, 1, 1)) == later


def test_lines_are_put_in_another_order(cast: Cast) -> None:
    bom = a_bom(an_item("A"), {an_item(number): "1" for number in "BCD"}, status="DRAFT")
    b, c, d = bom.lines.order_by("position")
    act(cast.planner, "move_line", line_id=d.pk, up=True)
    act(cast.planner, "move_line", line_id=b.pk, up=True)
    assert [(line.item.number, line.position) for line in lines_of(bom)] == [("B", 10), ("D", 20), ("C", 30)]
    act(cast.planner, "arrange_lines", bom_id=bom.pk, line_ids=[c.pk, b.pk, d.pk])
    assert [line.item.number for line in lines_of(bom)] == ["C", "B", "D"]
    with pytest.raises(services.BadDesign):
        act(cast.planner, "arrange_lines", bom_id=bom.pk, line_ids=[c.pk, b.pk])


def test_alternates_are_set_corrected_and_taken_out(cast: Cast) -> None:
    bom = a_bom(an_item("A"), status="DRAFT")
    line, other = a_bom_line(bom, an_item("B")), an_item("B2")
    act(cast.planner, "set_alternate", line_id=line.pk, item=other)
    found = act(cast.planner, "set_alternate", line_id=line.pk, item=other, factor=Decimal("1.5"), priority=2)
    assert list(BomAlternate.objects.values_list("item__number", "factor", "priority")) == [("B2", Decimal("1.5"), 2)]
    act(cast.planner, "remove_alternate", alternate_id=found.pk)
    assert not BomAlternate.objects.exists()


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"loss_percent": Decimal(100)}, "loss_percent"),
        ({"loss_percent": Decimal(-1)}, "loss_percent"),
        ({"cost_share": Decimal(10)}, "cost_share"),
        ({"kind": "BY_PRODUCT", "cost_share": Decimal(10)}, "cost_share"),
        ({"kind": "CO_PRODUCT", "cost_share": Decimal(101)}, "cost_share"),
        ({"kind": "CO_PRODUCT", "loss_percent": Decimal(1)}, "loss_percent"),
        ({"kind": "WHATEVER"}, "kind"),
        ({"valid_from": date(2027, 1, 1), "valid_until": date(2027, 1, 1)}, "valid_until"),
    ],
)
def test_bad_facts_stand_beside_their_field(cast: Cast, wish: dict[str, Any], field: str) -> None:
    bom = a_bom(an_item("A"), status="DRAFT")
    with pytest.raises(services.BadDesign) as refused:
        act(cast.planner, "add_line", bom_id=bom.pk, item=an_item("B"), **{"quantity": Decimal(1), **wish})
    assert [error["pointer"] for error in refused.value.details["errors"]] == [f"/{field}"]
    assert not bom.lines.exists()


def test_a_unit_that_does_not_convert_is_refused(cast: Cast) -> None:
    bom = a_bom(an_item("A"), status="DRAFT")
    with pytest.raises(NoConversion):
        act(
            cast.planner, "add_line", bom_id=bom.pk, item=an_item("B"), quantity=Decimal(1),
            unit=a_unit("kg", dimension="MASS"),
        )  # fmt: skip
    assert not bom.lines.exists()


def test_the_second_of_two_people_is_told(cast: Cast) -> None:
    bom = a_bom(an_item("A"), status="DRAFT")
    line = a_bom_line(bom, an_item("B"), "2")
    act(cast.planner, "change_line", line_id=line.pk, wish={"quantity": Decimal(3)}, version=1)
    with pytest.raises(StaleVersion) as stale:
        act(cast.planner, "change_line", line_id=line.pk, wish={"quantity": Decimal(4)}, version=1)
    assert stale.value.details["current"]["quantity"] == "3"
    # Whoever releases has seen other lines.
    with pytest.raises(StaleVersion):
        act(cast.planner, "release_bom", bom_id=bom.pk, version=1)
    line.refresh_from_db()
    assert (line.quantity, Bom.objects.get().status) == (3, "DRAFT")


def test_two_versions_are_compared(cast: Cast) -> None:
    a, b, c, d = (an_item(number) for number in "ABCD")
    before = a_bom(a, {b: "1", c: "2"}, code="1")
    after = a_bom(a, {c: "3", d: "4"}, code="2", status="DRAFT", quantity="10")
    found = compare(before, after)
    assert found.head == {"quantity": ("1", "10")}
    assert [one["item"] for one in found.added] == ["D"]
    assert [one["item"] for one in found.removed] == ["B"]
    assert [(one.after["item"], one.facts) for one in found.changed] == [
        ("C", {"position": (20, 10), "quantity": ("2", "3")})
    ]


def test_rights(cast: Cast) -> None:
    item, part = an_item("A"), an_item("B")
    bom = a_bom(item, {part: "1"}, status="DRAFT")
    for person in (cast.operator, cast.supervisor, cast.quality, cast.buyer, cast.controller):
        with pytest.raises(Forbidden):
            act(person, "draft_bom", item=item)
        with pytest.raises(Forbidden):
            act(person, "release_bom", bom_id=bom.pk)
    for person in (cast.stranger, cast.storekeeper):
        with pytest.raises((Forbidden, NoSuchDesign)):
            act(person, "release_bom", bom_id=bom.pk)
        with pytest.raises((Forbidden, NoSuchDesign)):
            act(person, "add_line", bom_id=bom.pk, item=part, quantity=Decimal(1))
        with pytest.raises(Forbidden):
            act(person, "draft_bom", item=item)
    assert statuses(item) == {"1": ("DRAFT", None, None)}
    assert bom.lines.count() == 1
