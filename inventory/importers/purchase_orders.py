"""Purchase orders of the old system come over: ended ones as history, open ones to be received."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.importing.documents import Draft
from factory_core.importing.kinds import Field, FieldType, Kind, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from inventory.importers.orders import HEAD, LINE, MOST, Orders, order_number, six_digits
from inventory.items.models import SupplierItem
from inventory.purchasing.events import STATUS_WORDS
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, Receipt
from inventory.purchasing.rules import outstanding
from inventory.purchasing.states import PurchaseStatus

MANAGE = "inventory.purchasing.manage"
NOTHING = Decimal(0)
CAME = {"quantity", "received", "returned"}


_MEANT = {
    PurchaseStatus.DRAFT: "new|Entwurf|neu|borrador|brouillon|szkic",
    PurchaseStatus.RELEASED: "1|2|pending|approved|open|released|confirmed|sent|partly received|to receive|offen"
    "|bestellt|freigegeben|genehmigt|abierto|aprobado|pendiente|ouvert|approuvé|en cours|otwarte|zatwierdzone",
    PurchaseStatus.CLOSED: "4|complete|completed|done|received|finished|erledigt|abgeschlossen|geliefert|geschlossen"
    "|cerrado|completado|clos|terminé|zamknięte|zrealizowane",
    PurchaseStatus.CANCELLED: "3|rejected|cancel|canceled|storniert|abgelehnt|cancelado|rechazado|annulé|refusé"
    "|anulowane|odrzucone",
}
# What other systems say; the numbers are those of AdventureWorks.
_STATUS_MEANT = {word: status.value for status, words in _MEANT.items() for word in words.split("|")}


def _quantity(name: str, label: Any, example: str, note: Any, synonyms: Mapping[str, Sequence[str]]) -> Field:
    return Field(
        name, label, FieldType.NUMBER, smallest=NOTHING, largest=MOST, example=example, note=note, synonyms=synonyms,
        is_total=True,
    )  # fmt: skip


FIELDS = (
    order_number("4711", systems="PurchaseOrderID"),
    Field("supplier", gettext_lazy("supplier"), FieldType.REFERENCE, of_parent=True, refers_to="suppliers",
          example="STEEL", synonyms=words_for("supplier")),
    Field("status", gettext_lazy("status"), FieldType.CHOICE, of_parent=True, choices=STATUS_WORDS, words=_STATUS_MEANT,
          example="ordered", synonyms=words_for("status"),
          note=gettext_lazy("Without it, orders are open: their goods are expected.")),
    *HEAD[:-1],
    Field("supplier_reference", gettext_lazy("supplier's reference"), of_parent=True, longest=80, example="A-2201",
          synonyms={"en": ("supplier's reference", "supplier reference", "vendor reference", "their reference"),
                    "de": ("Lieferantenreferenz", "Auftragsnummer des Lieferanten"),
                    "es": ("referencia del proveedor",), "fr": ("référence fournisseur",),
                    "pl": ("referencja dostawcy",)}),
    HEAD[-1],
    *LINE,
    _quantity("received_quantity", gettext_lazy("received quantity"), "12",
              gettext_lazy("Everything that stood at the door, what was refused included. Without it, an ended order"
                           " counts as received in full."), words_for("received_quantity")),
    _quantity("rejected_quantity", gettext_lazy("rejected quantity"), "2",
              gettext_lazy("What was refused of it."), words_for("rejected_quantity")),
    _quantity("stocked_quantity", gettext_lazy("stocked quantity"), "10",
              gettext_lazy("What was put into stock: received less rejected."), {
                  "en": ("stocked quantity", "quantity stocked", "accepted quantity", "put into stock"),
                  "de": ("eingelagerte Menge", "angenommene Menge"), "es": ("cantidad almacenada",),
                  "fr": ("quantité stockée",), "pl": ("ilość przyjęta na magazyn",), "systems": ("StockedQty",)}),
)  # fmt: skip


class PurchaseOrders(Orders[PurchaseOrder, PurchaseLine]):
    """Rows become purchase orders; nothing is moved and nothing gets a value."""

    model, line_model = PurchaseOrder, PurchaseLine
    partner, partner_label, side = "supplier", gettext_lazy("supplier"), "is_supplier"
    series = ("purchase_order", "PUR-")
    own_text = "supplier_reference"
    runs = PurchaseStatus.RELEASED.value

    def prepare(self) -> None:
        super().prepare()
        items = [one.pk for one in self.goods.items.values()]
        suppliers = {*self.partners.values(), *(order.supplier_id for order in self.there.values())}
        known = SupplierItem.objects.filter(item__in=items, supplier__in=suppliers)
        self.supplied = {(one.supplier_id, one.item_id): one.pk for one in known}

    def worked_on(self) -> set[int]:
        orders = [order.pk for order in self.there.values()]
        return set(Receipt.objects.filter(line__order__among=orders).values_list("line_id", flat=True))

    def line(
        self, row: Row, draft: Draft[PurchaseOrder, PurchaseLine], line: PurchaseLine, *, is_new: bool
    ) -> Mapping[str, Any]:
        facts = dict(super().line(row, draft, line, is_new=is_new))
        if is_new and "item_id" in facts:
            facts["supplier_item_id"] = self.supplied.get((draft.document.supplier_id, facts["item_id"]))
        return facts

    def came(
        self, row: Row, draft: Draft[PurchaseOrder, PurchaseLine], quantity: Decimal | None, *, is_new: bool
    ) -> dict[str, Any]:
        received, rejected, stocked = (
            six_digits(row.values.get(f"{name}_quantity")) for name in ("received", "rejected", "stocked")
        )
        refused = rejected or NOTHING
        if received is not None and (refused > received or stocked not in (None, received - refused)):
            row.refuse(
                "stocked_quantity" if stocked is not None else "rejected_quantity", "does_not_add_up",
                _("Received less rejected is not what was stocked."),
                _("received = rejected + stocked; leave out the one that you do not know."),
            )  # fmt: skip
            return {}
        if stocked is None and received is not None:
            stocked = received - refused
        if is_new and stocked is None and rejected is None and draft.document.status == PurchaseStatus.CLOSED:
            stocked = quantity
        return {"received": stocked, "rejected": rejected}

    @staticmethod
    def came_out(line: PurchaseLine) -> dict[str, Value]:
        return {
            "received_quantity": line.received + line.rejected,
            "rejected_quantity": line.rejected,
            "stocked_quantity": line.received,
        }

    def settle(self, draft: Draft[PurchaseOrder, PurchaseLine]) -> None:
        """What is complete or belongs to an ended order waits for nothing more."""
        status = draft.document.status
        ended = status in (PurchaseStatus.CLOSED, PurchaseStatus.CANCELLED)
        moved = "status" in draft.touched
        for position, line in draft.lines.items():
            if not (moved or position in draft.added or CAME & draft.changed.get(position, set())):
                continue
            closed = ended or (
                status == PurchaseStatus.RELEASED and not outstanding(line.quantity, line.received, line.returned)
            )
            if line.is_closed != closed:
                line.is_closed = closed
                draft.note(position, {"is_closed"})


def offer() -> None:
    """Purchase orders, heads and lines in one sheet or two."""
    offer_kind(
        Kind(
            "purchase_orders", gettext_lazy("Purchase orders"), MANAGE, FIELDS, ("number", "position"),
            PurchaseOrders.bring, PurchaseOrders.rows_out, needs_site=True, known=PurchaseOrders.known,
            synonyms={
                "en": ("purchase orders", "purchasing", "po", "purchase order header", "purchase order detail"),
                "de": ("Bestellungen", "Einkaufsbestellungen"), "es": ("órdenes de compra", "pedidos de compra"),
                "fr": ("commandes fournisseurs", "bons de commande"), "pl": ("zamówienia zakupu",),
            },
            note=gettext_lazy(
                "One row an order, or one row a line; heads and lines may come in two sheets. Ended orders come as they"
                " ended and move no stock; open ones wait for what has not come."
            ),
        )
    )  # fmt: skip
