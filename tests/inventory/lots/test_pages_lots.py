"""Finding a lot, its page, and judging it."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.clock import now
from inventory.lots.models import Lot
from inventory.lots.services import judge_lot, note_use
from inventory.lots.states import LotStatus
from inventory.stock.models import Location
from inventory.stock.states import LocationKind
from tests.inventory.stock.store_people import as_, in_stock, page
from tests.world.inventory import a_location, a_lot, a_partner, an_item
from tests.world.people import Cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(plant: Plant) -> Location:
    """Where lots lie."""
    return a_location(plant.site, "A-01", LocationKind.BIN)


def test_a_lot_is_found_by_the_beginning_of_either_number(cast: Cast) -> None:
    item = an_item("M-1", tracking="LOT")
    a_lot(item, "L-100", supplier_lot="ZX-7")
    a_lot(item, "K-200", status=LotStatus.HOLD, status_reason="crack")
    client = as_(cast.storekeeper)

    def found(query: str) -> list[str]:
        return re.findall(r"/lots/\d+/\">(\S+)</a>", page(client, f"/lots/?{query}"))

    assert found("") == ["K-200", "L-100"]
    assert found("q=l-1") == ["L-100"]
    assert found("q=zx") == ["L-100"]
    assert found("q=100") == []
    assert found("status=HOLD") == ["K-200"]


def test_the_page_of_a_lot_says_all_of_it(cast: Cast, shelf: Location) -> None:
    item, product = an_item("M-1", tracking="LOT"), an_item("P-1", tracking="LOT")
    supplier = a_partner("ACME", supplier=True, name="Acme Steel")
    lot, made = (
        a_lot(item, "L-1", supplier=supplier, supplier_lot="S-77", expires_on="2027-03-01"),
        a_lot(product, "P-L"),
    )
    in_stock(cast.storekeeper, item, "12.5", shelf, lot)
    with acting(cast.storekeeper, channel="test"):
        note_use(actor=cast.storekeeper, input=lot, output=made, quantity=Decimal(2), at=now())
    text = page(as_(cast.storekeeper), f"/lots/{lot.pk}/")
    for part in ("Acme Steel", "S-77", "2027-03-01", "12.5 pcs", "A-01", "Receipt", f"/lots/{lot.pk}/trace/", "P-L"):
        assert part in text
    assert f'/lots/{lot.pk}/">L-1</a>' in page(as_(cast.storekeeper), f"/lots/{made.pk}/")


def test_quality_holds_and_releases_with_the_reason(cast: Cast, shelf: Location) -> None:
    lot = a_lot(an_item("M-1", tracking="LOT"), "L-1")
    client = as_(cast.quality)
    without = client.post(f"/lots/{lot.pk}/judge/", {"status": "HOLD", "reason": ""})
    assert (without.status_code, "Say why" in without.content.decode()) == (422, True)
    held = client.post(f"/lots/{lot.pk}/judge/", {"status": "HOLD", "reason": "crack", "version": "1"})
    lot.refresh_from_db()
    assert (held.status_code, lot.status, lot.status_reason) == (302, LotStatus.HOLD, "crack")
    text = page(client, f"/lots/{lot.pk}/")
    assert ("crack" in text, "put on hold" in text, 'value="HOLD"' in text) == (True, True, False)


def test_who_judges_what_somebody_else_changed_sees_both(cast: Cast) -> None:
    lot = a_lot(an_item("M-1", tracking="LOT"), "L-1")
    with acting(cast.quality, channel="test"):
        judge_lot(actor=cast.quality, lot_id=lot.pk, status=LotStatus.REJECTED, reason="crack", at=now())
    answer = as_(cast.quality).post(f"/lots/{lot.pk}/judge/", {"status": "RELEASED", "reason": "fine", "version": "1"})
    text = answer.content.decode()
    assert answer.status_code == 412
    assert ("Rejected" in text, "Released" in text, 'value="fine"' in text) == (True, True, True)
    assert Lot.objects.get().status == LotStatus.REJECTED


@pytest.mark.parametrize(
    ("who", "status"), [("storekeeper", 403), ("stranger", 403), ("auditor", 403), ("disabled", 302)]
)
def test_who_may_not_judge_sees_no_buttons_and_changes_nothing(cast: Cast, who: str, status: int) -> None:
    lot = a_lot(an_item("M-1", tracking="LOT"), "L-1")
    client = as_(getattr(cast, who))
    answer = client.post(f"/lots/{lot.pk}/judge/", {"status": "HOLD", "reason": "x"})
    assert answer.status_code in {status, 401}
    assert Lot.objects.get().status == LotStatus.OPEN
    if who == "storekeeper":
        assert "May it be used?" not in page(client, f"/lots/{lot.pk}/")


def test_a_lot_that_is_not_there_is_said_so(cast: Cast) -> None:
    client = as_(cast.quality)
    for number in (999_999, 10**30):
        assert client.get(f"/lots/{number}/").status_code == 404
    assert client.post("/lots/999999/judge/", {"status": "HOLD", "reason": "x"}).status_code == 404


def test_the_page_asks_the_same_few_questions_however_much_moved(plant: Plant, cast: Cast, shelf: Location) -> None:
    item = an_item("M-1", tracking="LOT")
    lot, client = a_lot(item, "L-1"), as_(cast.quality)

    def moved(times: range) -> None:
        for number in times:
            in_stock(cast.storekeeper, item, "1", a_location(plant.site, f"Z-{number:02}"), lot)

    moved(range(2))
    page(client, f"/lots/{lot.pk}/")
    with CaptureQueriesContext(connection) as few:
        page(client, f"/lots/{lot.pk}/")
    moved(range(2, 25))
    with CaptureQueriesContext(connection) as many:
        page(client, f"/lots/{lot.pk}/")
    assert (len(many), len(many) <= 20) == (len(few), True)
