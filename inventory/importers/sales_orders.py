"""Sales orders of the old system come over: ended ones as history, open ones to be promised and sent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from factory_core.importing.documents import Draft
from factory_core.importing.kinds import Field, FieldType, Kind, Outcome, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from inventory.importers.orders import HEAD, LINE, MOST, Orders, order_number, six_digits, value_missing
from inventory.sales.events import STATUS_WORDS
from inventory.sales.models import SalesLine, SalesOrder
from inventory.sales.states import SalesStatus

MANAGE = "inventory.sales.manage"
NOTHING = Decimal(0)


_MEANT = {
    SalesStatus.DRAFT: "new|quotation|Entwurf|neu|Angebot|borrador|brouillon|szkic",
    SalesStatus.CONFIRMED: "1|2|3|in process|approved|backordered|open|released|sale|to deliver|partly shipped|offen"
    "|bestätigt|freigegeben|in Arbeit|abierto|aprobado|confirmado|ouvert|confirmé|en cours|otwarte|potwierdzone",
    SalesStatus.CLOSED: "5|shipped|complete|completed|done|delivered|invoiced|finished|erledigt|abgeschlossen|geliefert"
    "|versendet|enviado|cerrado|completado|expédié|clos|terminé|wysłane|zamknięte|zrealizowane",
    SalesStatus.CANCELLED: "4|6|rejected|cancel|canceled|storniert|abgelehnt|cancelado|rechazado|annulé|refusé"
    "|anulowane|odrzucone",
}
# What other systems say; the numbers are those of AdventureWorks.
_STATUS_MEANT = {word: status.value for status, words in _MEANT.items() for word in words.split("|")}

FIELDS = (
    order_number("43659", systems="SalesOrderID"),
    Field("customer", gettext_lazy("customer"), FieldType.REFERENCE, of_parent=True, refers_to="customers",
          example="C-1004", synonyms=words_for("customer")),
    Field("status", gettext_lazy("status"), FieldType.CHOICE, of_parent=True, choices=STATUS_WORDS, words=_STATUS_MEANT,
          example="confirmed", synonyms=words_for("status"),
          note=gettext_lazy("Without it, orders are confirmed: their goods are to be sent.")),
    *HEAD[:-1],
    Field("customer_reference", gettext_lazy("customer's reference"), of_parent=True, longest=80, example="PO522145787",
          synonyms=words_for("customer_reference")),
    HEAD[-1],
    *LINE,
    Field("shipped_quantity", gettext_lazy("sent quantity"), FieldType.NUMBER, smallest=NOTHING, largest=MOST,
          example="12", synonyms=words_for("shipped_quantity"), is_total=True,
          note=gettext_lazy("Without it, an ended order counts as sent in full.")),
)  # fmt: skip


class SalesOrders(Orders[SalesOrder, SalesLine]):
    """Rows become sales orders; nothing is moved and nothing gets a value."""

    model, line_model = SalesOrder, SalesLine
    partner, partner_label, side = "customer", gettext_lazy("customer"), "is_customer"
    series = ("sales_order", "SO-")
    own_text = "customer_reference"
    runs = SalesStatus.CONFIRMED.value
    # Frame orders stay at home.
    goes_out = {"is_frame": False}

    def worked_on(self) -> set[int]:
        orders = [order.pk for order in self.there.values()]
        lines = SalesLine.objects.filter(order__among=orders)
        used = lines.filter(Q(dispatch_lines__isnull=False) | Q(call_offs__isnull=False))
        return set(used.values_list("pk", flat=True))

    def head(self, row: Row, draft: Draft[SalesOrder, SalesLine]) -> Mapping[str, Any]:
        facts = super().head(row, draft)
        said = draft.said.get("ordered_on")
        is_unsaid = facts.get("ordered_on") is None and (said is None or said[0] is None)
        if draft.is_new and is_unsaid and row.outcome is not Outcome.REFUSED:
            value_missing(row, "ordered_on", gettext_lazy("ordered on"))
        return facts

    def came(
        self, row: Row, draft: Draft[SalesOrder, SalesLine], quantity: Decimal | None, *, is_new: bool
    ) -> dict[str, Any]:
        sent = six_digits(row.values.get("shipped_quantity"))
        if is_new and sent is None and draft.document.status == SalesStatus.CLOSED:
            sent = quantity
        return {"dispatched": sent}

    @staticmethod
    def came_out(line: SalesLine) -> dict[str, Value]:
        return {"shipped_quantity": line.dispatched}


def offer() -> None:
    """Sales orders, heads and lines in one sheet or two."""
    offer_kind(
        Kind(
            "sales_orders", gettext_lazy("Sales orders"), MANAGE, FIELDS, ("number", "position"), SalesOrders.bring,
            SalesOrders.rows_out, needs_site=True, known=SalesOrders.known,
            synonyms={
                "en": ("sales orders", "sales", "customer orders", "sales order header", "sales order detail"),
                "de": ("Kundenaufträge", "Aufträge", "Verkaufsaufträge"), "es": ("pedidos de cliente", "ventas"),
                "fr": ("commandes clients", "ventes"), "pl": ("zamówienia klientów", "sprzedaż"),
            },
            note=gettext_lazy(
                "One row an order, or one row a line; heads and lines may come in two sheets. Ended orders come as they"
                " ended and move no stock; open ones are promised and sent here."
            ),
        )
    )  # fmt: skip
