"""How a file of production orders looks: ended ones with their figures, open ones to go on with."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from factory_core.clock import now
from factory_core.importing.kinds import Field, FieldType, Kind, Value, offer_kind
from factory_core.importing.matching.synonyms import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from production.orders.models import ProductionOrder
from production.orders.queries import counts_of_orders
from production.orders.queries.past import orders_of_site, scrap_said
from production.orders.rules import Ending
from production.orders.services.bringing import bring_orders
from production.orders.states import OPEN, OrderStatus

MANAGE = "production.order.manage"
LARGEST = Decimal(100_000_000)
_AT_ONCE = 500


_ENDINGS = {
    Ending.OPEN: _("planned"),
    Ending.RELEASED: _("released"),
    Ending.CLOSED: _("closed"),
    Ending.CANCELLED: _("cancelled"),
}
_WORDS = {
    Ending.OPEN: "open new planned plan draft firm offen geplant neu eröffnet angelegt abierta planificada ouvert"
    " planifié otwarte zaplanowane crtd",
    Ending.RELEASED: "released started running wip in_process in_progress paused freigegeben gestartet läuft in_arbeit"
    " liberada en_curso lancé en_cours libéré zwolnione w_toku rel",
    Ending.CLOSED: "closed done finished complete completed ended fertig erledigt abgeschlossen beendet geschlossen"
    " cerrada terminada terminé clôturé fermé zamknięte zakończone teco clsd",
    Ending.CANCELLED: "cancelled canceled void storniert abgebrochen gelöscht cancelada anulada annulé anulowane",
}
STATUS_WORDS = {word.replace("_", " "): ending.value for ending, words in _WORDS.items() for word in words.split()}

FIELDS = (
    Field("number", _("number"), required=True, longest=30, example="WO-1004", synonyms=words_for("work_order_number")),
    Field("item", _("item"), FieldType.REFERENCE, refers_to="items", example="BK-M82B-38", synonyms=words_for(
        "item", "part_number", en="item|product|product id|ProductID|part number|material", de="Artikel|Material",
        es="artículo|producto", fr="article|produit", pl="wyrób|indeks")),
    Field("what", _("what is made"), longest=200, note=_("In words, for what is no item of the books."), synonyms={
        "en": ["what is made", "product name", "item name"], "de": ["was gefertigt wird", "Artikelbezeichnung"],
        "es": ["nombre del producto"], "fr": ["désignation du produit"], "pl": ["nazwa wyrobu"]}),
    Field("quantity", _("ordered"), FieldType.NUMBER, largest=LARGEST, example="100", is_total=True,
          synonyms=words_for("quantity", en="ordered|OrderQty|order quantity", de="bestellt|Auftragsmenge|Sollmenge"),
          note=_("Of an open order what was made already is taken off: what is left is made here.")),
    Field("good", _("good"), FieldType.NUMBER, smallest=Decimal(0), largest=LARGEST, example="97", is_total=True,
          synonyms=words_for("good_quantity", en="good|StockedQty|stocked quantity")),
    Field("scrap", _("scrap"), FieldType.NUMBER, smallest=Decimal(0), largest=LARGEST, example="3", is_total=True,
          synonyms=words_for("scrapped_quantity", en="scrap|ScrappedQty|scrapped quantity")),
    Field("reason", _("reason of scrap"), FieldType.REFERENCE, refers_to="scrap_reasons", example="GOUGE",
          synonyms=words_for("scrap_reason", en="reason of scrap|ScrapReasonID")),
    Field("status", _("status"), FieldType.CHOICE, choices=_ENDINGS, words=STATUS_WORDS, example="closed",
          synonyms=words_for("status"), note=_(
            "Closed and cancelled orders come as history. Without a status an order is closed when all that was "
            "ordered came out, good or scrapped; one word can be said for all rows.")),
    Field("start_at", _("to be started"), FieldType.MOMENT, example="2026-11-02 06:00", synonyms=words_for(
        "starts_at", en="to be started|StartDate|start date", de="Starttermin|Beginn")),
    Field("due_at", _("due"), FieldType.MOMENT, example="2026-11-13 14:00", synonyms=words_for(
        "due_on", en="due|DueDate|due date", de="fällig|Liefertermin|Endtermin")),
    Field("finished_at", _("finished at"), FieldType.MOMENT, example="2026-11-12 17:30", synonyms=words_for(
        "ends_at", en="finished at|EndDate|end date|actual end", de="fertig am|Enddatum")),
    Field("line", _("line"), longest=40, example="LINE-1", synonyms=words_for("line"),
          note=_("Without one: where the routing of the item begins, or the only line of the site.")),
    Field("priority", _("priority"), FieldType.WHOLE, smallest=Decimal(0), largest=Decimal(9), example="0",
          synonyms=words_for("priority")),
    Field("lot_number", _("lot"), longest=60, example="L-204", synonyms=words_for("lot")),
    Field("note", _("note"), longest=400, synonyms=words_for("note")),
)  # fmt: skip


def rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    """Orders as a file says them; of ended ones their figures, of open ones what is still in force."""
    part: list[ProductionOrder] = []
    for order in orders_of_site(actor, site).iterator(chunk_size=_AT_ONCE):
        part.append(order)
        if len(part) == _AT_ONCE:
            yield from _said(part)
            part = []
    yield from _said(part)


def _said(orders: Sequence[ProductionOrder]) -> Iterator[Mapping[str, Value]]:
    ended = [one for one in orders if one.status not in OPEN]
    counts = counts_of_orders(ended, now())
    lost = scrap_said([one.pk for one in ended])
    for one in orders:
        figures: dict[str, Any] = {}
        if one.pk in counts:
            of_it = lost.get(one.pk)
            scrap = (of_it.quantity if of_it else Decimal(0)) if one.past_good is not None else counts[one.pk].scrap
            figures = {"good": counts[one.pk].good, "scrap": scrap}
            figures["reason"] = of_it.loss_reason.code if of_it and of_it.loss_reason else None
        yield {
            "number": one.number, "item": one.item.number if one.item else None, "what": one.item_text,
            "quantity": one.quantity, "status": _status(one.status), "start_at": one.start_at, "due_at": one.due_at,
            "finished_at": one.finished_at, "line": one.line.code, "priority": one.priority,
            "lot_number": one.lot_number, "note": one.note, **figures,
        }  # fmt: skip


def _status(status: str) -> str:
    if status in (OrderStatus.CANCELLED, OrderStatus.MERGED):
        return Ending.CANCELLED.value
    if status not in OPEN:
        return Ending.CLOSED.value
    return Ending.OPEN.value if status == OrderStatus.PLANNED else Ending.RELEASED.value


def known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    """Which of these numbers are orders somebody may see."""
    return dict(orders_of_site(actor, site).filter(number__in=list(keys)).values_list("number", "pk"))


def offer_orders(after_undo: Callable[..., None]) -> None:
    """Put the kind on the list."""
    offer_kind(
        Kind(
            "production_orders", _("Production orders"), MANAGE, FIELDS, ("number",), bring_orders, rows,
            needs_site=True, known=known, after_undo=after_undo, synonyms={
                "en": ["production orders", "work orders", "work order", "manufacturing orders", "jobs"],
                "de": ["Fertigungsaufträge", "Produktionsaufträge", "Arbeitsaufträge"],
                "es": ["órdenes de producción", "órdenes de trabajo"], "fr": ["ordres de fabrication"],
                "pl": ["zlecenia produkcyjne"]},
        )
    )  # fmt: skip
