"""How files of reasons of scrap, and of scrap that was made in the old system, look."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from factory_core.importing.kinds import Field, FieldType, Kind, Value, offer_kind
from factory_core.importing.matching.synonyms import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from production.orders.queries.past import reasons_called, reasons_seen, scrap_of_site
from production.orders.services.bringing_scrap import LONGEST_CODE, bring_reasons, bring_scrap

REASONS, MANAGE = "production.downtime.reasons", "production.order.manage"

REASON_FIELDS = (
    Field("code", _("code"), longest=LONGEST_CODE, example="GOUGE", note=_(
        "Without one: the number the reason has in the old system, or its name."), synonyms={
        "en": ["code", "reason code", "scrap code"], "de": ["Code", "Ausschusscode", "Grundcode"],
        "es": ["código", "código de motivo"], "fr": ["code", "code motif"], "pl": ["kod", "kod przyczyny"]}),
    Field("name", _("name"), required=True, longest=80, example="Gouge in metal", synonyms={
        "en": ["name", "reason", "scrap reason", "description"], "de": ["Name", "Ausschussgrund", "Bezeichnung"],
        "es": ["nombre", "motivo", "descripción"], "fr": ["nom", "motif", "libellé"],
        "pl": ["nazwa", "przyczyna", "opis"]}),
    Field("for_scrap", _("for scrap"), FieldType.YES_NO, example="yes", synonyms={
        "en": ["for scrap"], "de": ["für Ausschuss"], "es": ["para desecho"], "fr": ["pour rebut"],
        "pl": ["dla braków"]}),
    Field("for_rework", _("for rework"), FieldType.YES_NO, example="no", synonyms={
        "en": ["for rework"], "de": ["für Nacharbeit"], "es": ["para retrabajo"], "fr": ["pour retouche"],
        "pl": ["dla poprawek"]}),
    Field("position", _("position"), FieldType.WHOLE, smallest=Decimal(0), largest=Decimal(1_000_000), example="10",
          synonyms={"en": ["position", "sort order"], "de": ["Position", "Reihenfolge"], "es": ["posición"],
                    "fr": ["position"], "pl": ["pozycja"]}),
    Field("is_active", _("in use"), FieldType.YES_NO, example="yes", synonyms=words_for("is_active")),
)  # fmt: skip
SCRAP_FIELDS = (
    Field("number", _("number of the row"), longest=60, example="4711", note=_(
        "Tells rows apart when the file comes again. Without one, all that the row says does."), synonyms={
        "en": ["number of the row", "scrap number", "entry number", "scrap id"], "de": ["Ausschussnummer", "Belegnr."],
        "es": ["número de desecho"], "fr": ["numéro de rebut"], "pl": ["numer braku"]}),
    Field("on", _("day"), FieldType.DATE, example="2026-10-07", synonyms={
        "en": ["day", "date", "scrap date", "scrapped on", "posting date"], "de": ["Tag", "Datum", "Ausschussdatum"],
        "es": ["fecha", "día"], "fr": ["date", "jour"], "pl": ["data", "dzień"]}),
    Field("item", _("item"), FieldType.REFERENCE, refers_to="items", example="FE-3760", note=_(
        "May be left out where an order is named."), synonyms=words_for(
        "item", "part_number", en="item|product|product id|ProductID|part number", de="Artikel|Material",
        es="artículo|producto", fr="article|produit", pl="wyrób|indeks")),
    Field("order", _("order"), longest=30, example="WO-1004", synonyms=words_for("work_order_number")),
    Field("quantity", _("quantity"), FieldType.NUMBER, required=True, largest=Decimal(100_000_000), example="3",
          is_total=True, synonyms=words_for("scrapped_quantity", "quantity")),
    Field("reason", _("reason"), FieldType.REFERENCE, refers_to="scrap_reasons", example="GOUGE",
          synonyms=words_for("scrap_reason")),
    Field("line", _("line"), longest=40, example="LINE-1", synonyms=words_for("line")),
    Field("note", _("note"), longest=400, synonyms=words_for("note")),
)  # fmt: skip


def _reason_rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    names = [field.name for field in REASON_FIELDS]
    yield from reasons_seen(actor).values(*names).iterator()


def _known_reasons(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return {text: reason.pk for text, reason in reasons_called(keys).items()}


def _scrap_rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    for row in scrap_of_site(actor, site).iterator():
        yield {
            "number": row.key.removeprefix("row:"), "on": row.on, "item": row.item.number if row.item else None,
            "order": row.order.number if row.order else None, "quantity": row.quantity,
            "reason": row.loss_reason.code if row.loss_reason else None, "line": row.line.code, "note": row.note,
        }  # fmt: skip


def offer_reasons() -> None:
    """Put the kind on the list."""
    offer_kind(
        Kind(
            "scrap_reasons", _("Reasons of scrap"), REASONS, REASON_FIELDS, ("code",), bring_reasons, _reason_rows,
            known=_known_reasons, old_id=("ScrapReasonID", "scrap reason id", "reason id", "Ausschussgrund-ID"),
            synonyms={"en": ["scrap reasons", "scrap reason", "reject reasons"], "de": ["Ausschussgründe"],
                      "es": ["motivos de desecho"], "fr": ["motifs de rebut"], "pl": ["przyczyny braków"]},
        )
    )  # fmt: skip


def offer_scrap() -> None:
    """Put the kind on the list."""
    offer_kind(
        Kind(
            "scrap_history", _("Scrap of the old system"), MANAGE, SCRAP_FIELDS, ("number",), bring_scrap, _scrap_rows,
            needs_site=True, adds_up=True, synonyms={
                "en": ["scrap history", "scrap", "rejects"], "de": ["Ausschuss", "Ausschusshistorie"],
                "es": ["desechos"], "fr": ["rebuts"], "pl": ["braki"]},
        )
    )  # fmt: skip
