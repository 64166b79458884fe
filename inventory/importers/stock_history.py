"""Moves of stock of the old system come over as history: told on the page of their item, and in no balance."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.policy import hidden_fields, visible
from factory_core.importing.bulk import copy_in
from factory_core.importing.kinds import Context, Existing, Field, FieldType, Kind, Outcome, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.common import column_of, refuse_without
from inventory.importers.goods import Goods
from inventory.importers.orders import MOST, six_digits
from inventory.stock.models import OldMove
from inventory.stock.states import OldMoveKind
from inventory.stock.words import OLD_MOVE_WORDS

MANAGE = "inventory.stock.adjust"
_TEXTS = ("document", "place", "lot")
_FACTS = ("item_id", "kind", "quantity", "unit_cost", "happened_on", *_TEXTS)


# The letters are those of AdventureWorks, the numbers movement types of SAP.
_MEANT = {
    OldMoveKind.PURCHASE: "P|purchase order|receipt|goods receipt|101|Wareneingang|Einkauf|compra|achat|zakup"
    "|przyjęcie",
    OldMoveKind.SALE: "S|sales order|shipment|delivery|601|Warenausgang|Verkauf|Lieferung|venta|vente|sprzedaż",
    OldMoveKind.PRODUCTION: "W|work order|production order|manufacture|131|Fertigung|Produktion|producción|produkcja",
    OldMoveKind.ISSUE: "issue|consumption|material issue|261|Entnahme|Verbrauch|consumo|consommation|zużycie|rozchód",
    OldMoveKind.TRANSFER: "transfer|311|Umlagerung|Umbuchung|traslado|transfert|przesunięcie",
    OldMoveKind.COUNT: "adjustment|inventory adjustment|stock count|701|702|Inventur|Korrektur|ajuste|inventaire"
    "|inwentaryzacja",
}
KIND_WORDS = {word: kind.value for kind, words in _MEANT.items() for word in words.split("|")}

FIELDS = (
    Field("number", gettext_lazy("number"), longest=40, example="100000", synonyms={
        "en": ("transaction id", "transaction number", "move number", "entry number", "movement id"),
        "de": ("Buchungsnummer", "Bewegungsnummer", "Materialbeleg"), "es": ("número de movimiento",),
        "fr": ("numéro de mouvement",), "pl": ("numer ruchu",), "systems": ("TransactionID", "MBLNR", "entry_no")},
        note=gettext_lazy("Tells the moves apart: a file that is brought twice adds nothing. Without it, it does.")),
    Field("item", gettext_lazy("item"), FieldType.REFERENCE, required=True, refers_to="items", example="HOUSING-12",
          synonyms=words_for("item")),
    Field("kind", gettext_lazy("what it was for"), FieldType.CHOICE, choices=OLD_MOVE_WORDS, words=KIND_WORDS,
          example="Purchase", synonyms={"en": ("transaction type", "movement type", "move type", "type"),
                    "de": ("Bewegungsart", "Buchungsart", "Vorgang"), "es": ("tipo de movimiento",),
                    "fr": ("type de mouvement",), "pl": ("rodzaj ruchu",), "systems": ("TransactionType", "BWART")}),
    Field("quantity", gettext_lazy("quantity"), FieldType.NUMBER, required=True, smallest=-MOST, largest=MOST,
          example="12", synonyms=words_for("quantity"), is_total=True,
          note=gettext_lazy("As the old system wrote it: minus for what went out, where it says so.")),
    Field("unit", gettext_lazy("unit"), FieldType.REFERENCE, refers_to="units", example="pcs",
          synonyms=words_for("unit"), note=gettext_lazy("Without it, quantities are in the item's own unit.")),
    Field("unit_cost", gettext_lazy("cost of one"), FieldType.NUMBER, smallest=Decimal(0), largest=MOST, example="4.25",
          synonyms={"en": ("actual cost", "unit cost", "cost", "cost price"),
                    "de": ("Einstandspreis", "Kosten je Stück"),
                    "es": ("coste unitario",), "fr": ("coût unitaire",), "pl": ("koszt jednostkowy",),
                    "systems": ("ActualCost", "valuation_rate")}),
    Field("happened_on", gettext_lazy("day"), FieldType.DATE, example="2026-03-04", synonyms={
        "en": ("transaction date", "posting date", "movement date", "date"),
        "de": ("Buchungsdatum", "Bewegungsdatum", "Datum"), "es": ("fecha de movimiento", "fecha"),
        "fr": ("date de mouvement", "date"), "pl": ("data ruchu", "data"), "systems": ("TransactionDate", "BUDAT")},
        note=gettext_lazy("May be left out where the old system lost it.")),
    Field("document", gettext_lazy("document"), longest=60, example="4711", synonyms={
        "en": ("reference order", "reference", "document", "voucher", "reference order id", "source document"),
        "de": ("Beleg", "Referenz", "Bezug"), "es": ("documento", "referencia"), "fr": ("document", "référence"),
        "pl": ("dokument", "odniesienie"), "systems": ("ReferenceOrderID", "voucher_no", "XBLNR")}),
    Field("place", gettext_lazy("place"), longest=60, example="A-01-02", synonyms=words_for("location")),
    Field("lot", gettext_lazy("lot"), longest=60, example="L-2201", synonyms=words_for("lot")),
)  # fmt: skip


def _take(rows: Sequence[Row], context: Context) -> None:
    """Moves become facts of their own; those of a number that is there are compared and stay."""
    goods = Goods.named(column_of(rows, "item"), column_of(rows, "unit"))
    said = OldMove.objects.filter(site=context.site, number__in=column_of(rows, "number"))
    there: dict[str, Mapping[str, Any]] = {str(one["number"]): one for one in said.values("number", *_FACTS)}
    added: list[dict[str, Any]] = []
    for row in rows:
        facts = _facts(row, goods, context)
        if facts is None:
            continue
        number = facts["number"]
        known = there.get(number) if number is not None else None
        if known is not None:
            _compare(row, known, facts, context)
            continue
        if number is not None:
            there[number] = facts
        added.append(facts)
        row.outcome = Outcome.CREATED
    copy_in(OldMove(site=context.site), ("number", *_FACTS), added)


def _facts(row: Row, goods: Goods, context: Context) -> dict[str, Any] | None:
    if refuse_without(row, context, "unit_cost", "inventory.cost.view"):
        return None
    item = goods.items.get(str(row.values.get("item")))
    if item is None:
        row.refuse(
            "item", "unknown_reference",
            _("There is no item “%(value)s”.") % {"value": str(row.values.get("item"))[:60]},
            _("One that exists: import items first, or pick another."),
        )  # fmt: skip
        return None
    if (counted := goods.counted_in(row, item)) is None:
        return None
    factor, cost = counted[1], six_digits(row.values.get("unit_cost"))
    number = row.values.get("number")
    return {
        "number": None if number is None else str(number),
        "item_id": item.pk,
        "kind": row.values.get("kind") or OldMoveKind.OTHER.value,
        "quantity": six_digits(Decimal(str(row.values["quantity"])) * factor),
        "unit_cost": None if cost is None else six_digits(cost / factor),
        "happened_on": row.values.get("happened_on"),
        **{name: str(row.values.get(name) or "") for name in _TEXTS},
    }


def _compare(row: Row, known: Mapping[str, Any], facts: Mapping[str, Any], context: Context) -> None:
    differs = [name for name in _FACTS if known[name] != facts[name]]
    if not differs:
        row.outcome = Outcome.UNCHANGED
    elif context.existing is Existing.SKIP:
        row.outcome = Outcome.SKIPPED
    else:
        row.refuse(
            differs[0].removesuffix("_id"), "fact_stays",
            _("Move “%(number)s” stands in the history already and says something else.")
            % {"number": row.values["number"]},
            _("The same as there. History is not changed: undo the import that brought it, and bring it anew."),
        )  # fmt: skip


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    moves = visible(actor, OldMove.objects.select_related("item__unit"))
    if site is not None:
        moves = moves.filter(site=site)
    hides = "unit_cost" in hidden_fields(actor, OldMove)
    for move in moves.order_by("id").iterator():
        yield {
            "number": move.number,
            "item": move.item.number,
            "kind": move.kind,
            "quantity": move.quantity,
            "unit": move.item.unit.code,
            "unit_cost": None if hides else move.unit_cost,
            "happened_on": move.happened_on,
            **{name: getattr(move, name) or None for name in _TEXTS},
        }


def offer() -> None:
    """What moved before the day of going live."""
    offer_kind(
        Kind(
            "stock_history", gettext_lazy("Old stock moves"), MANAGE, FIELDS, ("number",), _take, _rows,
            needs_site=True,
            synonyms={
                "en": ("stock history", "transaction history", "stock movements", "transaction history archive"),
                "de": ("Lagerbewegungen", "Bestandsbewegungen"), "es": ("movimientos de stock",),
                "fr": ("mouvements de stock",), "pl": ("ruchy magazynowe",),
            },
            note=gettext_lazy("History only: these moves change no stock and no value of today."),
        )
    )  # fmt: skip
