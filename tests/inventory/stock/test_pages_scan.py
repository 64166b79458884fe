"""The scan page as the server answers it: what a scan means, what comes next, and the act that is ready."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory.stock.models import Location, StockMove
from inventory.stock.states import LocationKind
from tests.inventory.stock.store_people import as_, in_stock, page
from tests.world.inventory import a_location, a_lot, an_item, an_item_unit
from tests.world.people import Cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db

PANEL = "/stock/scan/panel/"
GTIN = "06291041500213"
MOST_QUERIES = 40


class Talk:
    """A conversation with the scan page: each scan goes on from what the page carried before."""

    def __init__(self, client: Client) -> None:
        self.client, self.carried, self.text = client, {}, ""

    def scan(self, code: str, **typed: str) -> "Talk":
        """Scan a code; `typed` stands in the fields meanwhile."""
        return self.go(**typed, code=code)

    def go(self, **changes: str) -> "Talk":
        """Ask for the panel with some things changed."""
        answer = self.client.get(PANEL, {**self.carried, **changes})
        assert answer.status_code == 200
        self.text = answer.content.decode()
        fields = re.findall(r'<input(?: type="\w+")?[^>]*? name="(\w+)"[^>]*? value="([^"]*)"', self.text)
        self.carried = {name: unescape(value) for name, value in fields if value and name != "code"}
        return self

    @property
    def said(self) -> str:
        """The answer to the last scan, as one line."""
        part = re.search(r'id="scan-answer".*?</div>', self.text, re.S)
        assert part is not None
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", part[0].split(">", 1)[1])).split())

    @property
    def ready(self) -> dict[str, Any] | None:
        """Where the finished act goes, and with what."""
        found = re.search(r'data-confirm data-url="([^"]+)" data-body="([^"]+)"', self.text)
        return None if found is None else {"url": found[1], **json.loads(unescape(found[2]))}


@pytest.fixture
def bins(plant: Plant) -> dict[str, Location]:
    """Two bins and a pallet that stands in the first."""
    first = a_location(plant.site, "A-01", LocationKind.BIN)
    return {
        "A-01": first,
        "B-02": a_location(plant.site, "B-02", LocationKind.BIN),
        "PAL-1": a_location(plant.site, "PAL-1", LocationKind.PALLET, parent=first, sscc="340123450000000017"),
    }


def test_one_label_brings_item_lot_and_expiry(cast: Cast, bins: dict[str, Location]) -> None:
    item = an_item("M-100", tracking="LOT", name="Flange", gtin=GTIN)
    talk = Talk(as_(cast.storekeeper)).scan("MW-RECEIVE").scan("a-01").scan(f"]d201{GTIN}10LOT-7\u001d17270228")
    assert talk.said == f"Read ]d201{GTIN}10LOT-7|17270228 M-100 · Flange · lot LOT-7"
    assert {name: talk.carried[name] for name in ("lot_number", "expires_on", "unit")} == {
        "lot_number": "LOT-7", "expires_on": "2027-02-28", "unit": "pcs",
    }  # fmt: skip
    assert talk.ready == {
        "url": "/api/v1/stock-moves/receive", "item": item.pk, "unit": "pcs", "to_location": bins["A-01"].pk,
    }  # fmt: skip


def test_an_unknown_code_says_what_was_read_and_what_was_expected(cast: Cast, bins: dict[str, Location]) -> None:
    talk = Talk(as_(cast.storekeeper)).scan("MW-ISSUE").scan("ZZZ-9")
    assert talk.said.startswith("Read ZZZ-9 Read ZZZ-9, which is no item")
    assert talk.said.endswith("Expected: the place it is taken from")
    assert talk.scan("A-01").scan("<b>x</b>").said.endswith("Expected: an item, a lot, or a label with both")
    assert "<b>x" not in talk.text
    assert talk.carried["from"] == str(bins["A-01"].pk)


def test_places_fill_from_and_to_in_turn_and_the_same_place_is_refused(cast: Cast, bins: dict[str, Location]) -> None:
    item = an_item("M-1")
    in_stock(cast.storekeeper, item, "5", bins["A-01"])
    talk = Talk(as_(cast.storekeeper)).scan("MW-TRANSFER").scan("A-01").scan("M-1").scan("A-01")
    assert talk.said.endswith("Expected: another place")
    talk.scan("B-02", quantity="2,5")
    assert talk.ready == {
        "url": "/api/v1/stock-moves/transfer", "item": item.pk, "unit": "pcs", "from_location": bins["A-01"].pk,
        "to_location": bins["B-02"].pk,
    }  # fmt: skip
    assert talk.carried["quantity"] == "2,5"
    after = talk.go(next="yes")
    assert (after.carried, after.ready) == ({"act": "TRANSFER", "from": str(bins["A-01"].pk)}, None)


def test_a_pallet_goes_as_a_whole_or_its_items_one_by_one(cast: Cast, bins: dict[str, Location]) -> None:
    an_item("M-1")
    talk = Talk(as_(cast.storekeeper)).scan("MW-TRANSFER").scan("00340123450000000017").scan("B-02")
    assert talk.ready == {
        "url": "/api/v1/locations/move-pallet", "pallet": bins["PAL-1"].pk, "to_location": bins["B-02"].pk,
    }  # fmt: skip
    assert "whole" not in talk.scan("M-1").carried


def test_a_lot_is_scanned_by_its_number_or_tapped(cast: Cast, bins: dict[str, Location]) -> None:
    item = an_item("M-1", tracking="LOT")
    lots = [a_lot(item, number, expires_on=day) for number, day in (("LATE", "2027-09-01"), ("EARLY", "2027-03-01"))]
    for lot in lots:
        in_stock(cast.storekeeper, item, "5", bins["A-01"], lot)
    talk = Talk(as_(cast.storekeeper)).scan("MW-ISSUE").scan("A-01").scan("M-1")
    assert (talk.ready, re.findall(r'data-set="lot=(\d+)"', talk.text)) == (None, [str(lots[1].pk), str(lots[0].pk)])
    assert talk.scan("late").carried["lot"] == str(lots[0].pk)
    assert (talk.ready or {})["lot"] == lots[0].pk
    alone = Talk(as_(cast.storekeeper)).scan("MW-ISSUE").scan("EARLY")
    assert (alone.carried["item"], alone.carried["lot"]) == (str(item.pk), str(lots[1].pk))


def test_what_expires_first_is_proposed_and_another_lot_asks_why(cast: Cast, bins: dict[str, Location]) -> None:
    item = an_item("M-1", tracking="LOT", pick_rule="FEFO")
    early, late = (a_lot(item, number, expires_on=day) for number, day in (("E", "2027-03-01"), ("L", "2027-09-01")))
    in_stock(cast.storekeeper, item, "5", bins["A-01"], late)
    in_stock(cast.storekeeper, item, "5", bins["B-02"], early)
    talk = Talk(as_(cast.storekeeper)).scan("MW-ISSUE").scan("M-1")
    offers = re.findall(r'data-set="from=(\d+)&amp;lot=(\d+)"', talk.text)
    assert offers == [(str(bins["B-02"].pk), str(early.pk)), (str(bins["A-01"].pk), str(late.pk))]
    assert 'name="reason"' not in talk.go(**{"from": str(bins["B-02"].pk)}, lot=str(early.pk)).text
    assert 'id="reason"' in talk.go(**{"from": str(bins["A-01"].pk)}, lot=str(late.pk)).text


def test_units_are_shown_with_what_they_are(cast: Cast, bins: dict[str, Location]) -> None:
    an_item_unit(an_item("M-1"), "box", "12")
    talk = Talk(as_(cast.storekeeper)).scan("MW-RECEIVE").scan("A-01").scan("M-1")
    assert re.findall(r'data-unit="(\w+)" data-factor="([\d.]+)"', talk.text)[:2] == [("pcs", "1"), ("box", "12")]


def test_one_becomes_another(cast: Cast, bins: dict[str, Location]) -> None:
    first, second = an_item("M-1"), an_item("M-2")
    in_stock(cast.storekeeper, first, "5", bins["A-01"])
    talk = Talk(as_(cast.storekeeper)).scan("MW-REGRADE").scan("A-01").scan("M-1").scan("M-2")
    ready = talk.ready or {}
    assert (ready["url"], ready["item"], ready["to_item"]) == ("/api/v1/stock-moves/regrade", first.pk, second.pk)


def test_without_an_act_a_scan_shows_what_lies_there(cast: Cast, bins: dict[str, Location]) -> None:
    in_stock(cast.storekeeper, an_item("M-1"), "5", bins["A-01"])
    talk = Talk(as_(cast.storekeeper)).scan("A-01")
    assert re.search(r"<strong>M-1</strong>.*?5 pcs", talk.text, re.S)
    assert re.search(r"<strong>A-01</strong>.*?5 pcs", talk.scan("M-1").text, re.S)
    # What was looked at goes along into the act.
    assert talk.scan("A-01").scan("MW-ISSUE").carried == {"act": "ISSUE", "from": str(bins["A-01"].pk)}


def test_a_scanner_of_another_country_is_understood(cast: Cast, bins: dict[str, Location]) -> None:
    talk = Talk(as_(cast.storekeeper)).go(code="AßÖ1", as_us="A-01")
    assert talk.said == "Read A-01 Bin"


def test_acts_one_may_not_do_are_neither_shown_nor_chosen(cast: Cast, bins: dict[str, Location]) -> None:
    client = as_(cast.sales)
    assert 'data-scan="MW-' not in page(client, "/stock/scan/")
    talk = Talk(client).scan("MW-RECEIVE")
    assert (talk.carried.get("act"), talk.said) == (None, "Read MW-RECEIVE Expected: an act that you may do")
    assert Talk(client).go(act="ISSUE").carried == {}
    assert "MW-ISSUE" not in page(client, "/stock/scan/codes/")
    assert set(re.findall(r'data-scan="MW-(\w+)"', page(as_(cast.supervisor), "/stock/scan/"))) == {
        "TRANSFER", "ISSUE", "RETURN", "SCRAP", "REGRADE",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["from=9999999999999999999999", "item=abc&lot=-1", "act=DANCE", "expires_on=2027-02-31", "whole=yes", "code=%00"],
)
def test_no_address_breaks_the_page(cast: Cast, address: str) -> None:
    assert as_(cast.storekeeper).get(f"/stock/scan/?{address}").status_code == 200


def test_looking_at_the_page_changes_nothing_and_asks_little(cast: Cast, bins: dict[str, Location]) -> None:
    item = an_item("M-1", tracking="LOT", pick_rule="FEFO")
    in_stock(cast.storekeeper, item, "5", bins["A-01"], a_lot(item, "L-1"))
    client = as_(cast.storekeeper)
    client.get("/stock/scan/")
    with CaptureQueriesContext(connection) as asked:
        Talk(client).go(act="ISSUE", item=str(item.pk), **{"from": str(bins["A-01"].pk)}, code="L-1")
    assert len(asked) <= MOST_QUERIES
    assert StockMove.objects.count() == 1
