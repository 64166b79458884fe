"""A small store, and what people do in it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from factory_core.access.identity import acting
from factory_core.errors import Refusal
from factory_core.people.models import User
from inventory.dispatch import services
from inventory.dispatch.models import Dispatch, Pick
from inventory.dispatch.queries.lines import kept_for
from inventory.dispatch.services import DispatchWish
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.lots.services import judge_lot
from inventory.sales.models import SalesOrder
from inventory.stock.models import Location, StockBalance
from inventory.stock.services.acts import open_stock
from tests.world.people import Cast
from tests.world.selling import AT

LATER = AT + timedelta(hours=2)


class Store(NamedTuple):
    """A small store: two shelves, where goods are collected, and where they wait for quality."""

    shelf: Location
    rack: Location
    dock: Location
    quarantine: Location


def act(actor: User, service: Any, **wish: Any) -> Any:
    with acting(actor, channel="test"):
        return service(actor=actor, at=LATER, **wish)


def refused(actor: User, code: str, service: Any, **wish: Any) -> Refusal:
    with pytest.raises(Refusal) as no:
        act(actor, service, **wish)
    assert no.value.code == code, no.value.sentence
    return no.value


def lay(cast: Cast, item: Item, place: Location, quantity: str, lot: Lot | None = None) -> None:
    with acting(cast.owner, channel="test"):
        from factory_core.people.services import service_user

        open_stock(
            actor=service_user("plant"), item=item, quantity=Decimal(quantity), to_location=place, at=AT, lot=lot,
            unit_cost=Decimal(2),
        )  # fmt: skip


def begin(cast: Cast, store: Store, *orders: SalesOrder, quantity: str = "") -> Dispatch:
    wishes = [
        DispatchWish(line.pk, Decimal(quantity) if quantity else line.quantity)
        for order in orders
        for line in order.lines.order_by("position")
    ]
    return act(cast.dispatcher, services.create_dispatch, staging=store.dock, wishes=wishes)


def take(
    cast: Cast, dispatch: Dispatch, place: Location, item: Item, quantity: str, lot: Any = None, **more: Any
) -> list[Pick]:
    return act(
        cast.storekeeper, services.pick, dispatch_id=dispatch.pk, location=place, item=item,
        quantity=Decimal(quantity), lot=lot, **more,
    )  # fmt: skip


def judged(cast: Cast, lot: Lot, status: str) -> None:
    act(cast.quality, judge_lot, lot_id=lot.pk, status=status, reason="scratches")


def balance(item: Item, place: Location) -> tuple[Decimal, Decimal]:
    row = StockBalance.objects.filter(item=item, location=place).first()
    return (row.quantity, row.reserved) if row else (Decimal(0), Decimal(0))


def kept(dispatch: Dispatch) -> list[tuple[str, str | None, Decimal]]:
    lines = dispatch.lines.values_list("pk", flat=True)
    return [(one.location.code, one.lot and one.lot.number, one.quantity) for one in kept_for(lines)]
