"""What a scan means, and what is said of one that nobody knows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from inventory.items.models import Item, ItemBarcode
from inventory.items.queries import Scanned, UnknownScan, offer_reader, read_scan
from inventory.items.queries.finding import Actor
from inventory.items.queries.scans import _readers
from inventory.items.rules.gs1 import SEPARATOR as GS
from tests.world.inventory import a_lot, a_unit, an_item, an_item_unit
from tests.world.people import Cast

GTIN, PACK = "6291041500213", "16291041500210"
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture
def screw() -> Item:
    """A screw with a GTIN, a box of 100 with a GTIN of its own, and a house code."""
    item = an_item("00042", gtin=GTIN)
    an_item_unit(item, "box", "100")
    with acting(service_user("plant"), channel="test"):
        ItemBarcode.objects.create(item=item, code=PACK, unit=a_unit("box"))
        ItemBarcode.objects.create(item=item, code="HOUSE-7")
    return item


@pytest.fixture
def _lots() -> Iterator[None]:
    """Another room that knows the lot L210 of every item."""

    def reader(actor: Actor, text: str, item: Item | None, site: Site | None) -> Scanned | None:
        return Scanned(text, item, lot_number=text) if text == "L210" else None

    before = list(_readers)
    _readers.clear()
    offer_reader(reader)
    yield
    _readers[:] = before


@pytest.mark.parametrize("text", ["00042", "HOUSE-7", GTIN, "0" + GTIN, f" {GTIN}\r\n"])
def test_item_is_found_by_number_barcode_and_gtin(cast: Cast, screw: Item, text: str) -> None:
    read = read_scan(cast.storekeeper, text, at=AT)
    assert (read.item, read.quantity, read.unit, read.lot_number) == (screw, None, None, "")
    assert read.text == text.strip()


def test_barcode_of_a_pack_means_the_pack(cast: Cast, screw: Item) -> None:
    read = read_scan(cast.storekeeper, PACK, at=AT)
    assert (read.item, read.unit and read.unit.code) == (screw, "box")


def test_label_says_lot_serial_days_and_count(cast: Cast, screw: Item) -> None:
    read = read_scan(cast.storekeeper, f"]C102{PACK}3712{GS}1126110917270200" + f"10ABC-12{GS}210007", at=AT)
    assert (read.item, read.lot_number, read.serial) == (screw, "ABC-12", "0007")
    assert (read.made_on, read.expires_on) == (date(2026, 11, 9), date(2027, 2, 28))
    assert (read.quantity, read.unit and read.unit.code) == (Decimal(12), "box")


def test_weight_on_a_label_comes_in_kilograms(cast: Cast) -> None:
    a_unit("kg", dimension="MASS")
    item = an_item(unit="kg", gtin=GTIN)
    read = read_scan(cast.storekeeper, f"01{GTIN.zfill(14)}3102001250", at=AT)
    assert (read.item, read.quantity, read.unit) == (item, Decimal("12.50"), item.unit)


def test_pallet_is_read_without_an_item(cast: Cast) -> None:
    assert read_scan(cast.storekeeper, "00376104250021234569", at=AT).sscc == "376104250021234569"


@pytest.mark.usefixtures("_lots")
def test_other_rooms_are_asked_last(cast: Cast, screw: Item) -> None:
    assert read_scan(cast.storekeeper, "L210", at=AT).lot_number == "L210"
    # A lot that is known already is not taken apart for want of a separator.
    known = read_scan(cast.storekeeper, f"01{GTIN.zfill(14)}10L210", at=AT)
    assert (known.item, known.lot_number) == (screw, "L210")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("NO-SUCH", r"^Read NO-SUCH, which is no item, barcode, GTIN or lot"),
        ("  ", r"^Nothing was read"),
        ("6291041500214", r"^Read 6291041500214, .*last digit should be 3"),
        ("]C10106291041500214", r"^Read 06291041500214, whose last digit should be 3"),
        ("]C10100000000000017", r"^Read the GTIN 00000000000017\. Expected"),
        (f"01{PACK}1727020010ABC-12210007", r"^Read ABC-12210007 after \(10\), but 210007 .*separator"),
        (f"240A{GS}", r"^Read the label 240A␝\. Expected a GTIN"),
        (f"01{PACK}17271301", r"^Read 271301 after \(17\)\. Expected a day"),
    ],
)
def test_unknown_scan_says_what_was_read_and_expected(cast: Cast, screw: Item, text: str, says: str) -> None:
    with pytest.raises(UnknownScan, match=says) as no:
        read_scan(cast.storekeeper, text, at=AT)
    assert (no.value.status, no.value.code) == (422, "unknown_scan")


def test_stranger_reads_nothing(cast: Cast, screw: Item) -> None:
    for text in ("00042", "HOUSE-7", GTIN, f"01{PACK}10A"):
        with pytest.raises(UnknownScan):
            read_scan(cast.stranger, text, at=AT)


def test_lot_is_read_by_its_number(cast: Cast) -> None:
    item, other = an_item("I", tracking="LOT"), an_item("J", tracking="SERIAL")
    a_lot(item, "L000123", expires_on=date(2027, 1, 31))
    a_lot(other, "0007")
    read = read_scan(cast.storekeeper, "L000123", at=AT)
    assert (read.item, read.lot_number, read.serial, read.expires_on) == (item, "L000123", "", date(2027, 1, 31))
    piece = read_scan(cast.storekeeper, "0007", at=AT)
    assert (piece.item, piece.lot_number, piece.serial) == (other, "", "0007")
    for nobody in (cast.stranger, cast.disabled):
        with pytest.raises(UnknownScan):
            read_scan(nobody, "L000123", at=AT)


def test_lot_that_several_items_have_asks_for_the_item(cast: Cast) -> None:
    item, other = an_item("I", tracking="LOT", gtin=GTIN), an_item("J", tracking="LOT")
    a_lot(item, "L1"), a_lot(other, "L1")
    with pytest.raises(UnknownScan, match=r"^Read the lot L1, which several items have: I, J\. Scan the item first"):
        read_scan(cast.storekeeper, "L1", at=AT)
    assert read_scan(cast.storekeeper, f"01{GTIN.zfill(14)}10L1", at=AT).item == item
