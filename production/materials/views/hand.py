"""What somebody at the tablet has in hand: a material of the order, its lot, the place it is taken from."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.people.models import User
from inventory.items.queries import to_base
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.stock.models import Location
from inventory.stock.queries.scanning import lot_of_id, read
from production.materials.queries.pages import lies_at, place_at
from production.materials.queries.rows import MaterialRow
from production.orders.models import ProductionOrder


class Hand:
    """Read from the address; a scan (`?code=`) changes it and goes back into the address."""

    def __init__(self, user: User, order: ProductionOrder, rows: list[MaterialRow], given: Any) -> None:
        self.user, self.order, self.rows = user, order, rows
        self.row = next((row for row in rows if str(row.material.pk) == given.get("material", "")), None)
        lot = lot_of_id(user, given.get("lot", ""))
        self.lot: Lot | None = lot if lot and self.row and lot.item_id == self.row.material.item_id else None
        self.place: Location | None = place_at(order, given.get("place", ""))
        self.quantity: str = given.get("quantity", "")[:30]
        self.trouble, self.read = "", given.get("code", "").strip()[:400]
        if self.read:
            self._take(self.read)

    @property
    def is_ready(self) -> bool:
        """Whether only the quantity is missing."""
        return self.row is not None and self.place is not None and not self.lacks_lot

    @property
    def lacks_lot(self) -> bool:
        """Whether the lot must still be scanned."""
        return self.row is not None and self.lot is None and self.row.material.item.tracking != Tracking.NONE

    @property
    def proposal(self) -> str:
        """How much to take: what the label said, else what is open."""
        if self.quantity or self.row is None:
            return self.quantity
        if self.row.material.item.tracking == Tracking.SERIAL:
            return "1"
        return f"{(self.row.missing or self.row.open).normalize():f}"

    def address(self) -> str:
        """The page with this in hand."""
        known = {
            "material": self.row.material.pk if self.row else "",
            "lot": self.lot.pk if self.lot else "",
            "place": f"#{self.place.pk}" if self.place else "",
            "quantity": self.quantity,
        }
        here = reverse("order-material", args=[self.order.number])
        return f"{here}?{urlencode({name: value for name, value in known.items() if value})}"

    def _take(self, code: str) -> None:
        if (place := place_at(self.order, code.removeprefix("#"))) is not None:
            self.place = place
            return
        try:
            reading = read(
                self.user, code, at=now(), item=self.row.material.item if self.row else None, place_first=False
            )
        except Refusal as unknown:
            self.trouble = unknown.sentence
            return
        item = reading.item
        self.row = next((row for row in self.rows if item is not None and row.material.item_id == item.pk), None)
        if item is None or self.row is None:
            self.trouble = _("%(read)s is no material of this order. Expected one of: %(wanted)s.") % {
                "read": item.number if item else code[:80],
                "wanted": ", ".join(row.material.item.number for row in self.rows) or "–",
            }
            return
        if reading.lot_number and reading.lot is None:
            self.trouble = _("%(item)s has no lot %(lot)s. Goods with an unknown lot are received first.") % {
                "item": item.number,
                "lot": reading.lot_number,
            }
            return
        self.lot = reading.lot
        if self.lot is not None:
            self.place = lies_at(self.order, self.lot) or self.place
        if reading.quantity is not None:
            try:
                self.quantity = f"{to_base(item, reading.quantity, reading.unit or item.unit).normalize():f}"
            except Refusal as unknown:
                self.trouble = unknown.sentence


def typed(text: str) -> Decimal | None:
    """A quantity as people type it, with a comma or a point; None where it is none."""
    try:
        quantity = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return quantity if quantity.is_finite() else None
