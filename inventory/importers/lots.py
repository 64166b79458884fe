"""Lots and serial numbers of the old system come over."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import may
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.common import Upsert, column_of, found_by, said
from inventory.items.models import Item
from inventory.items.states import Tracking
from inventory.lots.events import STATUS_WORDS
from inventory.lots.models import Lot
from inventory.lots.queries import lots_seen
from inventory.lots.rules import REASON_NEEDED, can_move, expires
from inventory.lots.services import check_lot
from inventory.lots.states import LotStatus

JUDGE = "inventory.lot.judge"


FIELDS = (
    Field("item", _("item"), FieldType.REFERENCE, required=True, refers_to="items", example="HOUS-12",
          synonyms=words_for("item")),
    Field("number", _("number"), required=True, longest=60, example="L-2026-017",
          synonyms=words_for("lot", "serial_number")),
    Field("status", _("status"), FieldType.CHOICE, choices=STATUS_WORDS, example="released",
          words={"frei": "RELEASED", "gesperrt": "HOLD", "ok": "RELEASED", "blocked": "HOLD", "quarantine": "HOLD"},
          synonyms=words_for("status")),
    Field("status_reason", _("why"), longest=200, example="Scratches",
          synonyms={"en": ["reason", "status reason"], "de": ["Grund", "Sperrgrund"], "es": ["motivo"],
                    "fr": ["motif"], "pl": ["powód"]}),
    Field("supplier", _("supplier"), FieldType.REFERENCE, refers_to="suppliers", example="S-1001",
          synonyms=words_for("supplier")),
    Field("supplier_lot", _("supplier's lot"), longest=60, example="88123",
          synonyms={"en": ["supplier lot", "supplier batch", "vendor batch"], "de": ["Lieferantencharge"],
                    "es": ["lote del proveedor"], "fr": ["lot fournisseur"], "pl": ["partia dostawcy"]}),
    Field("made_on", _("made on"), FieldType.DATE, example="2026-01-15", synonyms=words_for("manufactured_on")),
    Field("expires_on", _("expires on"), FieldType.DATE, example="2027-01-15", synonyms=words_for("expires_on")),
    Field("note", _("note"), longest=400, example="First article", synonyms=words_for("note")),
)  # fmt: skip


def lots_by_key(pairs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Lot]:
    """The lots of these items and numbers."""
    asked: dict[int, set[str]] = {}
    for item, number in pairs:
        asked.setdefault(item, set()).add(number)
    numbers = {number for each in asked.values() for number in each}
    rows = Lot.objects.filter(item__in=list(asked), number__in=numbers).select_related("item")
    return {(lot.item_id, lot.number): lot for lot in rows}


def _take(rows: Sequence[Row], context: Context) -> None:
    items = found_by(Item.objects.all(), "number", column_of(rows, "item"))
    partners = found_by(Partner.objects.all(), "code", column_of(rows, "supplier"))
    known = lots_by_key(
        (items[str(row.values["item"])].pk, str(row.values["number"]))
        for row in rows
        if str(row.values["item"]) in items
    )
    judges = may(context.actor, JUDGE)
    before = {lot.pk: lot.status for lot in known.values()}
    words = {"supplier_id": {one.pk: one.code for one in partners.values()}}
    lots = Upsert(Lot, context, dict(known.items()), check_lot, words)
    for row in rows:
        item = items.get(str(row.values["item"]))
        if item is None:
            row.refuse("item", "unknown_reference", _now("There is no item “%(item)s”.") % {"item": row.values["item"]})
        elif item.tracking == Tracking.NONE:
            row.refuse("item", "lot_not_kept", _now("%(item)s is not kept by lots.") % {"item": item.number},
                       _now("Let the item be told apart by lot or serial number first."))  # fmt: skip
        elif _may_judge(row, lots.known.get((item.pk, str(row.values["number"]))), before, judges):
            _put(row, item, partners, lots)
    lots.save()


def _may_judge(row: Row, lot: Any, before: Mapping[int, str], judges: bool) -> bool:
    """A lot that is judged here already is judged anew only by those who may, and along the moves there are."""
    status = row.values.get("status")
    if status is None or status == (lot.status if lot else None):
        return True
    if status in {str(each) for each in REASON_NEEDED} and not row.values.get("status_reason"):
        row.values["status_reason"] = _now("As in the old system")
    was = before.get(lot.pk) if lot is not None and lot.pk else None
    if was is None:
        return True
    if not judges:
        row.refuse("status", "not_allowed", _now("You may not judge lots that are here already."),
                   _now("Leave the status out, or let quality bring the file over."))  # fmt: skip
        return False
    if not can_move(was, str(status)):
        row.refuse("status", "wrong_lot_status", _now("Lot %(lot)s cannot become that.") % {"lot": lot.number})
        return False
    return True


def _put(row: Row, item: Item, partners: Mapping[str, Partner], lots: Upsert) -> None:
    value = row.values.get
    partner = partners.get(str(value("supplier")))
    made_on = value("made_on")
    wish = said(row, status=value("status"), supplier_id=partner.pk if partner else None,
                supplier_lot=value("supplier_lot"), made_on=made_on, expires_on=value("expires_on"),
                note=value("note"))  # fmt: skip
    if value("status_reason") is not None:
        wish["status_reason"] = value("status_reason")
    new: dict[str, Any] = {"item": item, "number": str(value("number")), "status": LotStatus.OPEN.value}
    if isinstance(made_on, date):
        new["expires_on"] = expires(made_on, item.shelf_life_days)
    lots.put(row, (item.pk, str(value("number"))), wish, new, name="number")


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    for lot in lots_seen(actor).order_by("item__number", "number").iterator(chunk_size=1000):
        yield {
            "item": lot.item.number, "number": lot.number, "status": lot.status,
            "status_reason": lot.status_reason or None, "supplier": lot.supplier.code if lot.supplier else None,
            "supplier_lot": lot.supplier_lot or None, "made_on": lot.made_on, "expires_on": lot.expires_on,
            "note": lot.note or None,
        }  # fmt: skip


def offer() -> None:
    """Items come before their lots, lots before the stock of them."""
    words = {
        "en": ["lots", "batches", "serial numbers", "lot master"], "de": ["Chargen", "Lose", "Seriennummern"],
        "es": ["lotes"], "fr": ["lots", "numéros de série"], "pl": ["partie", "numery seryjne"],
    }  # fmt: skip
    offer_kind(
        Kind("lots", _("Lots and serial numbers"), "inventory.stock.receive", FIELDS, ("item", "number"), _take, _rows,
             synonyms=words)
    )  # fmt: skip
