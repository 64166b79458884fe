"""Corners of buying: lines that fall away, trail and story without prices, people with a right at a line only."""

from decimal import Decimal

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.partners.models import Partner
from inventory.items.models import Item
from inventory.purchasing import services
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, PurchaseRequest
from inventory.purchasing.services.refusals import BadPurchase, WrongPurchaseStatus
from tests.inventory.purchasing.conftest import AT, Ordered
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


@pytest.fixture
def requested(plant: Plant, cast: Cast, steel: Partner, bolt: Item) -> PurchaseOrder:
    """A draft made of one request."""
    with acting(cast.planner):
        made = services.request_purchase(
            actor=cast.planner, site=plant.site, item=bolt, quantity=Decimal(60), at=AT, reason="press"
        )
    with acting(cast.buyer):
        return services.order_requests(actor=cast.buyer, request_ids=[made.pk], supplier=steel, at=AT)


def test_a_request_is_open_again_when_its_line_is_taken_off(cast: Cast, requested: PurchaseOrder) -> None:
    assert PurchaseRequest.objects.get().status == "ORDERED"
    with acting(cast.buyer):
        services.remove_line(actor=cast.buyer, line_id=requested.lines.get().pk, at=AT)
    request = PurchaseRequest.objects.get()
    assert (request.status, request.order_line, PurchaseLine.objects.count()) == ("OPEN", None, 0)
    with acting(cast.buyer):
        again = services.order_requests(actor=cast.buyer, request_ids=[request.pk], supplier=requested.supplier, at=AT)
    assert PurchaseRequest.objects.get().order_line == again.lines.get()


def test_a_request_is_open_again_when_its_order_is_cancelled(cast: Cast, requested: PurchaseOrder) -> None:
    with acting(cast.buyer):
        services.cancel_order(actor=cast.buyer, order_id=requested.pk, reason="other supplier", at=AT)
    assert (PurchaseRequest.objects.get().status, PurchaseRequest.objects.get().order_line) == ("OPEN", None)


def test_lines_of_a_sent_order_stay_and_are_closed_with_a_reason(cast: Cast, bolt: Item, ordered: Ordered) -> None:
    line = ordered(bolt, "5")
    with pytest.raises(WrongPurchaseStatus), acting(cast.buyer):
        services.remove_line(actor=cast.buyer, line_id=line.pk, at=AT)
    with pytest.raises(BadPurchase), acting(cast.buyer):
        services.close_line(actor=cast.buyer, line_id=line.pk, reason=" ", at=AT)
    with acting(cast.buyer):
        services.close_line(actor=cast.buyer, line_id=line.pk, reason="not made any more", at=AT)
    line.refresh_from_db()
    line.order.refresh_from_db()
    assert (line.is_closed, line.order.status) == (True, "CLOSED")


def test_neither_trail_nor_story_tell_prices(cast: Cast, bolt: Item, ordered: Ordered) -> None:
    line = ordered(bolt, "5", price=Decimal("7654321.25"))
    with acting(cast.buyer):
        services.change_line(actor=cast.buyer, line_id=line.pk, price=Decimal("6543217.25"), at=AT)
    payloads = " ".join(str(payload) for payload in Event.objects.values_list("payload", flat=True))
    assert "7654321.25" not in payloads
    assert "6543217.25" not in payloads
    client = Client()
    client.force_login(cast.storekeeper)
    for address in (
        f"/history/inventory.purchaseline/{line.pk}/", f"/history/inventory.purchaseorder/{line.order_id}/",
        f"/api/v1/purchase-orders/{line.order_id}/story",
        f"/api/v1/events?about=inventory.purchaseorder:{line.order_id}",
    ):  # fmt: skip
        page = client.get(address)
        assert page.status_code == 200, address
        assert b"7654321.25" not in page.content, address
        assert b"6543217.25" not in page.content, address


def test_a_storekeeper_of_one_line_has_nothing_to_receive(
    plant: Plant, steel: Partner, bolt: Item, ordered: Ordered
) -> None:
    ordered(bolt, "5")
    client = Client()
    client.force_login(a_user("lena", "storekeeper", plant.line_a))
    page = client.get("/purchasing/receive/")
    assert page.status_code == 200
    assert page.context["rows"] == []
