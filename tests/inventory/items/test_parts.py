"""What belongs to an item: units, barcodes, revisions, suppliers, prices, costs, papers."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.events.models import Event
from inventory.items import services
from inventory.items.models import Item, ItemCost, ItemPaper, ItemUnit, PriceBreak, SalesPrice, SupplierItem
from inventory.items.queries import NoSuchItem, purchase_price, sales_price, standard_cost
from inventory.items.queries.papers import NoSuchPaper, paper_or_missing
from inventory.items.rules.papers import LARGEST, plain_name
from tests.world.inventory import a_partner, a_supplier_item, a_unit, an_item, an_item_unit
from tests.world.people import Cast

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def act(actor: Any, service: str, **wish: Any) -> Any:
    with acting(actor, channel="test"):
        return getattr(services, service)(actor=actor, at=AT, **wish)


def test_unit_of_an_item_is_said_corrected_and_removed(cast: Cast) -> None:
    item, box = an_item("S"), a_unit("box")
    row = act(cast.buyer, "set_unit", item_id=item.pk, unit=box, factor=Decimal(12))
    act(cast.buyer, "set_unit", item_id=item.pk, unit=box, factor=Decimal("12.5"))
    assert list(ItemUnit.objects.values_list("unit__code", "factor", "version")) == [("box", Decimal("12.5"), 2)]
    sentences = [event.sentence for event in Event.objects.filter(name="items.unit_set").order_by("id")]
    assert sentences == ["One box of S Item S is 12 pcs", "One box of S Item S is 12.5 pcs"]
    code = act(cast.buyer, "add_barcode", item_id=item.pk, code="B", unit=box)
    with pytest.raises(services.BadItem, match="uses box"):
        act(cast.buyer, "remove_unit", item_id=item.pk, item_unit_id=row.pk)
    act(cast.buyer, "remove_barcode", item_id=item.pk, barcode_id=code.pk)
    act(cast.buyer, "remove_unit", item_id=item.pk, item_unit_id=row.pk)
    assert not ItemUnit.objects.exists()


@pytest.mark.parametrize("factor", ["0", "-1", "0.0000000000001"])
def test_unit_must_be_something(cast: Cast, factor: str) -> None:
    item = an_item()
    with pytest.raises(services.BadItem):
        act(cast.buyer, "set_unit", item_id=item.pk, unit=a_unit("box"), factor=Decimal(factor))
    with pytest.raises(services.BadItem, match="is the base unit"):
        act(cast.buyer, "set_unit", item_id=item.pk, unit=item.unit, factor=Decimal(1))
    assert not ItemUnit.objects.exists()


def test_barcode_needs_a_right_check_digit_and_a_unit_that_converts(cast: Cast) -> None:
    item = an_item()
    with pytest.raises(services.BadItem, match="should be 3"):
        act(cast.buyer, "add_barcode", item_id=item.pk, code="6291041500214")
    with pytest.raises(services.BadItem, match="First say how many pcs"):
        act(cast.buyer, "add_barcode", item_id=item.pk, code="X", unit=a_unit("box"))
    assert not item.barcodes.exists()


def test_part_of_another_item_is_none_of_this_one(cast: Cast) -> None:
    mine, other = an_item(), an_item()
    code = act(cast.buyer, "add_barcode", item_id=other.pk, code="X")
    with pytest.raises(services.NoSuchPart):
        act(cast.buyer, "remove_barcode", item_id=mine.pk, barcode_id=code.pk)
    assert other.barcodes.exists()


def test_releasing_a_revision_makes_the_former_obsolete(cast: Cast) -> None:
    item = an_item("S")
    a = act(cast.planner, "add_revision", item_id=item.pk, code="A")
    b = act(cast.planner, "add_revision", item_id=item.pk, code="B", note="thicker")
    act(cast.planner, "release_revision", item_id=item.pk, revision_id=a.pk, version=1)
    assert statuses(item) == {"A": "RELEASED", "B": "DRAFT"}
    with pytest.raises(StaleVersion):
        act(cast.planner, "release_revision", item_id=item.pk, revision_id=a.pk, version=1)
    act(cast.planner, "release_revision", item_id=item.pk, revision_id=b.pk, valid_from=date(2027, 1, 1))
    assert statuses(item) == {"A": "OBSOLETE", "B": "RELEASED"}
    assert list(item.revisions.values_list("valid_from", flat=True)) == [date(2026, 11, 20), date(2027, 1, 1)]
    with pytest.raises(services.RevisionStands, match="Revision A is obsolete and cannot become released"):
        act(cast.planner, "release_revision", item_id=item.pk, revision_id=a.pk)
    act(cast.planner, "retire_revision", item_id=item.pk, revision_id=b.pk)
    assert statuses(item) == {"A": "OBSOLETE", "B": "OBSOLETE"}
    with pytest.raises(services.BadItem, match="has a revision A already"):
        act(cast.planner, "add_revision", item_id=item.pk, code="A")


def statuses(item: Item) -> dict[str, str]:
    return dict(item.revisions.values_list("code", "status"))


def test_one_supplier_is_preferred(cast: Cast) -> None:
    item, first, second = an_item(), a_partner(supplier=True), a_partner(supplier=True)
    one = act(cast.buyer, "add_supplier", item_id=item.pk, supplier=first, is_preferred=True, lead_time_days=5)
    act(cast.buyer, "add_supplier", item_id=item.pk, supplier=second, is_preferred=True, multiple=Decimal(10))
    terms = item.suppliers.order_by("id").values_list("is_preferred", "lead_time_days", "multiple", "unit__code")
    assert list(terms) == [
        (False, 5, Decimal(0), "pcs"), (True, 0, Decimal(10), "pcs"),
    ]  # fmt: skip
    with pytest.raises(StaleVersion) as no:
        act(cast.buyer, "change_supplier", item_id=item.pk, supplier_item_id=one.pk, version=1, lead_time_days=6)
    assert no.value.details["current"]["is_preferred"] is False
    act(cast.buyer, "change_supplier", item_id=item.pk, supplier_item_id=one.pk, version=2, lead_time_days=6)
    assert SupplierItem.objects.get(pk=one.pk).lead_time_days == 6


def test_supplier_must_be_one_and_only_once(cast: Cast) -> None:
    item, supplier = an_item(), a_partner(supplier=True)
    act(cast.buyer, "add_supplier", item_id=item.pk, supplier=supplier)
    for wrong in (supplier, a_partner(customer=True), a_partner(supplier=True, is_active=False)):
        with pytest.raises(services.BadItem):
            act(cast.buyer, "add_supplier", item_id=item.pk, supplier=wrong)
    with pytest.raises(services.BadItem, match="below zero"):
        act(cast.buyer, "add_supplier", item_id=item.pk, supplier=a_partner(supplier=True), multiple=Decimal(-1))
    assert item.suppliers.count() == 1


def test_purchase_price_is_the_highest_step_reached_in_its_newest_price(cast: Cast) -> None:
    supply = a_supplier_item(an_item(), a_partner(supplier=True))
    for since, start, price in (
        (date(2026, 1, 1), 0, "10"), (date(2026, 1, 1), 100, "8"), (date(2026, 6, 1), 0, "9"),
        (date(2027, 1, 1), 0, "99"),
    ):  # fmt: skip
        wish = {"valid_from": since, "from_quantity": Decimal(start), "price": Decimal(price)}
        act(cast.buyer, "set_purchase_price", supplier_item_id=supply.pk, **wish)
    asked = [
        (1, date(2026, 5, 31), "10"), (1, date(2026, 6, 1), "9"), (99, date(2026, 6, 1), "9"),
        (100, date(2026, 6, 1), "8"), (5, date(2027, 1, 1), "99"),
    ]  # fmt: skip
    for quantity, on, price in asked:
        found = purchase_price(supply, Decimal(quantity), on)
        assert found is not None
        assert (quantity, on, found.price, found.currency) == (quantity, on, Decimal(price), "EUR")
    assert purchase_price(supply, Decimal(1), date(2025, 12, 31)) is None


def test_same_step_and_day_again_corrects_the_price(cast: Cast) -> None:
    supply = a_supplier_item(an_item(), a_partner(supplier=True))
    for price in ("10", "11.5"):
        act(cast.buyer, "set_purchase_price", supplier_item_id=supply.pk, valid_from=AT.date(), price=Decimal(price))
    assert list(PriceBreak.objects.values_list("price", "version")) == [(Decimal("11.5"), 2)]


def test_customer_has_a_price_of_their_own_before_everybodys(cast: Cast) -> None:
    item, good, other = an_item(), a_partner(customer=True), a_partner(customer=True)
    an_item_unit(item, "box", "12")
    pcs, box = item.unit, a_unit("box")
    for customer, unit, start, price in (
        (None, pcs, 0, "5"), (None, pcs, 50, "4"), (good, pcs, 10, "3"), (None, box, 0, "55"),
    ):  # fmt: skip
        act(
            cast.sales, "set_sales_price", item_id=item.pk, customer=customer, unit=unit, price=Decimal(price),
            from_quantity=Decimal(start), valid_from=AT.date(),
        )  # fmt: skip

    def price(customer: Any, unit: Any, quantity: int) -> Decimal | None:
        found = sales_price(item, customer, unit, Decimal(quantity), AT.date())
        return None if found is None else found.price

    assert [price(None, pcs, 1), price(other, pcs, 50), price(good, pcs, 9), price(good, pcs, 50)] == [5, 4, 5, 3]
    assert price(good, box, 1) == 55
    assert sales_price(item, None, pcs, Decimal(1), date(2026, 11, 19)) is None


def test_standard_cost_holds_from_its_day_on(cast: Cast) -> None:
    item = an_item()
    for since, cost in ((date(2026, 1, 1), "1.25"), (date(2026, 7, 1), "1.5")):
        act(cast.buyer, "set_cost", item_id=item.pk, cost=Decimal(cost), valid_from=since)
    assert standard_cost(item, date(2025, 12, 31)) is None
    assert standard_cost(item, date(2026, 6, 30)) == Decimal("1.25")
    assert standard_cost(item, date(2026, 7, 1)) == Decimal("1.5")


def test_amounts_are_not_negative_and_in_the_plants_currency(cast: Cast) -> None:
    item = an_item()
    for wish in ({"cost": Decimal(-1)}, {"cost": Decimal(1), "currency": "USD"}):
        with pytest.raises(services.BadItem):
            act(cast.buyer, "set_cost", item_id=item.pk, valid_from=AT.date(), **wish)
    with pytest.raises(services.BadItem, match="is no customer"):
        act(
            cast.sales, "set_sales_price", item_id=item.pk, customer=a_partner(supplier=True), unit=item.unit,
            price=Decimal(1), valid_from=AT.date(),
        )  # fmt: skip
    assert not ItemCost.objects.exists()
    assert not SalesPrice.objects.exists()


def test_the_story_of_an_item_tells_no_price(cast: Cast) -> None:
    item = an_item()
    act(cast.buyer, "set_cost", item_id=item.pk, cost=Decimal("77.77"), valid_from=AT.date())
    event = Event.objects.get(name="items.cost_set")
    assert "77" not in f"{event.sentence}{event.payload}{event.about}"


@pytest.mark.parametrize(
    ("who", "service", "refusal"),
    [
        ("planner", "set_cost", Forbidden),
        ("sales", "set_cost", Forbidden),
        ("buyer", "set_sales_price", Forbidden),
        ("storekeeper", "set_unit", Forbidden),
        ("operator", "add_barcode", Forbidden),
        ("storekeeper", "add_revision", Forbidden),
        ("storekeeper", "add_supplier", Forbidden),
        ("storekeeper", "add_paper", Forbidden),
        ("stranger", "set_cost", NoSuchItem),
        ("stranger", "set_unit", NoSuchItem),
        ("stranger", "add_paper", NoSuchItem),
    ],
)
def test_acts_are_closed_without_the_right(cast: Cast, who: str, service: str, refusal: type[Exception]) -> None:
    item, one = an_item(), Decimal(1)
    wishes: dict[str, dict[str, Any]] = {
        "set_cost": {"cost": one, "valid_from": AT.date()},
        "set_sales_price": {"unit": item.unit, "price": one, "valid_from": AT.date()},
        "set_unit": {"unit": a_unit("box"), "factor": one},
        "add_barcode": {"code": "X"},
        "add_revision": {"code": "A"},
        "add_supplier": {"supplier": a_partner(supplier=True)},
        "add_paper": {"name": "a.pdf", "content": [b"x"]},
    }
    with pytest.raises(refusal):
        act(getattr(cast, who), service, item_id=item.pk, **wishes[service])
    for rows in (item.costs, item.sales_prices, item.units, item.barcodes, item.revisions, item.suppliers, item.papers):
        assert not rows.exists()


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "papers"


def test_paper_lies_under_its_digest_and_is_kept_once(cast: Cast, folder: Path) -> None:
    item, other = an_item("S"), an_item()
    for thing in (item, other):
        act(cast.buyer, "add_paper", item_id=thing.pk, name="C:\\temp\\draw<ing>.pdf", content=[b"ab", b"c"])
    paper = item.papers.get()
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1: "abc"
    assert (paper.name, paper.media_type, paper.size, paper.sha256) == ("drawing.pdf", "application/pdf", 3, digest)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [digest]
    assert paper_or_missing(cast.storekeeper, paper.pk)[1].read_bytes() == b"abc"
    with pytest.raises(services.BadItem, match="attached to S already"):
        act(cast.buyer, "add_paper", item_id=item.pk, name="again.pdf", content=[b"abc"])
    act(cast.buyer, "retire_paper", item_id=item.pk, paper_id=paper.pk)
    for who, key in ((cast.storekeeper, paper.pk), (cast.stranger, other.papers.get().pk)):
        with pytest.raises(NoSuchPaper):
            paper_or_missing(who, key)
    assert paper_or_missing(cast.storekeeper, other.papers.get().pk)[1].read_bytes() == b"abc"


def test_too_large_and_empty_files_leave_nothing(cast: Cast, folder: Path) -> None:
    item = an_item()
    half = b"x" * (LARGEST // 2)
    with pytest.raises(services.PaperTooLarge, match="larger than 20 MiB"):
        act(cast.buyer, "add_paper", item_id=item.pk, name="a", content=[half, half, b"x"])
    for name, content in (("a", []), ("a", [b""]), ("../..", [b"x"])):
        with pytest.raises(services.BadItem):
            act(cast.buyer, "add_paper", item_id=item.pk, name=name, content=content)
    assert not ItemPaper.objects.exists()
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_names_of_files_are_cut_but_keep_their_ending() -> None:
    assert plain_name("a" * 300 + ".pdf") == "a" * 196 + ".pdf"
    assert plain_name("/etc/passwd") == "passwd"
    assert plain_name("a\r\nSet-Cookie: x.pdf") == "aSet-Cookie x.pdf"
    assert plain_name(" . ") == ""
