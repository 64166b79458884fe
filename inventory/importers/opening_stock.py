"""What lay where on the day the books were opened comes over."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.db.models import Max, Sum
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import may, visible
from factory_core.importing.books import offer_books
from factory_core.importing.kinds import Field, FieldType, Kind, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.opening_books import opened_with
from inventory.importers.opening_taking import take
from inventory.stock.models import StockMove
from inventory.stock.services.closing import keep_used, put_right
from inventory.stock.states import MoveKind

_LARGEST = Decimal("999999999999")
FIELDS = (
    Field("item", _("item"), FieldType.REFERENCE, required=True, refers_to="items", example="HOUS-12",
          synonyms=words_for("item")),
    Field("location", _("place"), FieldType.REFERENCE, required=True, refers_to="locations", example="A-03",
          synonyms=words_for("location", "warehouse")),
    Field("shelf", _("shelf"), longest=20, example="B",
          note=_("Shelf and bin make a place of their own inside the place; without these columns there are none."),
          synonyms=words_for("shelf")),
    Field("bin", _("bin"), longest=20, example="12", synonyms=words_for("bin")),
    Field("lot", _("lot or serial number"), longest=60, example="L-2026-017",
          note=_("For items that are told apart; one that is not there is made."),
          synonyms=words_for("lot", "serial_number")),
    Field("expires_on", _("lot expires on"), FieldType.DATE, example="2027-01-15", synonyms=words_for("expires_on")),
    Field("quantity", _("quantity"), FieldType.NUMBER, required=True, smallest=Decimal(0), largest=_LARGEST,
          is_total=True, example="408", synonyms=words_for("quantity_on_hand", "quantity")),
    Field("unit", _("unit"), FieldType.REFERENCE, refers_to="units", example="pcs",
          note=_("The item's base unit where nothing is said."), synonyms=words_for("unit")),
    Field("unit_cost", _("cost of one unit"), FieldType.NUMBER, smallest=Decimal(0), example="12.40",
          note=_("Without cost and value the item's standard cost is taken, else its average, else nothing."),
          synonyms=words_for("price", en="unit cost|cost per unit|acquisition cost|cost price|valuation rate",
                             de="Stückkosten|Einstandspreis|Bewertungspreis")),
    Field("value", _("value"), FieldType.NUMBER, smallest=Decimal(0), is_total=True, example="5059.20",
          synonyms=words_for("line_total", en="stock value|inventory value|total cost|total value",
                             de="Bestandswert|Lagerwert")),
    Field("dated_on", _("opening day"), FieldType.DATE, example="2026-11-23",
          note=_("The stock lies there since the beginning of this day; one value for all says it once."),
          synonyms={"en": ["opening day", "opening date", "stock date", "as of"], "de": ["Stichtag", "Eröffnungstag"],
                    "es": ["fecha de apertura"], "fr": ["date d'ouverture"], "pl": ["data otwarcia"]}),
    Field("item_name", _("name of a new item"), longest=200, example="Housing, cast",
          note=_("For items that are created because the file names them."),
          synonyms=words_for("name", en="item name|product name|description", de="Bezeichnung|Artikelbezeichnung")),
)  # fmt: skip


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    """What the books were opened with and nobody took back, added up by item, place and lot."""
    moves = StockMove.objects.filter(
        kind=MoveKind.OPENING, corrects=None, corrected_by=None, from_location__kind="OPENING"
    )
    if site is not None:
        moves = moves.filter(site=site)
    shows_cost = site is not None and may(actor, "inventory.cost.view", site)
    empty: dict[str, Value] = {field.name: None for field in FIELDS}
    found = (
        visible(actor, moves)
        .values("item__number", "to_location__code", "lot__number", "lot__expires_on", "item__unit__code", "at")
        .annotate(all=Sum("quantity"), worth=Sum("value_entries__value"), last=Max("id"))
        .order_by("item__number", "to_location__code", "lot__number", "at")
    )
    for row in found.iterator(chunk_size=1000):
        day = row["at"].astimezone(site.zone).date() if site is not None else row["at"].date()
        yield {
            **empty, "item": row["item__number"], "location": row["to_location__code"], "lot": row["lot__number"],
            "expires_on": row["lot__expires_on"], "quantity": row["all"], "unit": row["item__unit__code"],
            "value": row["worth"] if shows_cost else None, "dated_on": day,
        }  # fmt: skip


def offer() -> None:
    """The last of the master data: items, places and lots come before."""
    words = {
        "en": ["opening stock", "stock", "inventory", "stock on hand", "product inventory"],
        "de": ["Anfangsbestand", "Bestand", "Lagerbestand", "Inventur"], "es": ["existencias", "inventario"],
        "fr": ["stock initial", "stocks"], "pl": ["stan początkowy", "stany magazynowe"],
    }  # fmt: skip
    offer_books("opening_stock", opened_with(_rows))
    offer_kind(
        Kind(
            "opening_stock", _("Opening stock"), "inventory.stock.adjust", FIELDS,
            ("item", "location", "shelf", "bin", "lot"), take, _rows, needs_site=True, adds_up=True,
            before_undo=keep_used, after_undo=put_right, synonyms=words,
            note=_("Stock of a place that was opened before is compared, never added a second time."),
        )
    )  # fmt: skip
