"""What a row can say of an item."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from factory_core.importing.kinds import Field, FieldType
from factory_core.importing.matching import words_for
from inventory.items.words import KINDS, PICK_RULES, TRACKINGS, VALUATIONS

ZERO = Decimal(0)


_SUPPLY = {"MAKE": _("made here"), "BUY": _("bought"), "BOTH": _("made here and bought")}
_SUPPLY_WORDS = {
    **dict.fromkeys(("0", "false", "no", "f", "purchased", "buy", "zukauf", "fremdbezug", "kaufteil", "nein"), "BUY"),
    **dict.fromkeys(("comprado", "acheté", "kupowany", "purchase", "purchase item"), "BUY"),
    **dict.fromkeys(("1", "true", "yes", "e", "make", "made", "manufactured", "eigenfertigung", "ja"), "MAKE"),
    **dict.fromkeys(("fabricado", "fabriqué", "produkowany", "manufacture"), "MAKE"),
    **dict.fromkeys(("x", "make or buy", "beides", "both"), "BOTH"),
}
_TRACKING_WORDS = {
    **dict.fromkeys(("none", "no", "nein", "0", "false"), "NONE"),
    **dict.fromkeys(("lot", "batch", "charge", "chargenpflichtig", "lote", "partia"), "LOT"),
    **dict.fromkeys(("serial", "serial number", "seriennummer", "serie", "numer seryjny"), "SERIAL"),
}
FIELDS = (
    Field("number", _("number"), required=True, longest=60, example="HOUS-12", synonyms=words_for("part_number")),
    Field("name", _("name"), longest=200, example="Housing, cast", note=_("Without one the number is the name."),
          synonyms=words_for("name")),
    Field("description", _("description"), example="Aluminium, pressure tight", synonyms=words_for("description")),
    Field("group", _("group"), FieldType.REFERENCE, refers_to="item_groups", example="Housings",
          synonyms=words_for("item_group")),
    Field("unit", _("base unit"), FieldType.REFERENCE, refers_to="units", example="pcs",
          note=_("New items are counted in pcs where nothing is said."), synonyms=words_for("unit")),
    Field("supply", _("made or bought"), FieldType.CHOICE, choices=_SUPPLY, words=_SUPPLY_WORDS, example="bought",
          synonyms=words_for("supply")),
    Field("is_sold", _("sold"), FieldType.YES_NO, example="no", synonyms=words_for("is_sold")),
    Field("kind", _("kind"), FieldType.CHOICE, choices=KINDS, example="Component",
          note=_("Where it is not said, what is sold is a product, everything else a component."),
          synonyms={"en": ["item kind", "material type"], "de": ["Materialart", "Artikelart"],
                    "es": ["clase de artículo"], "fr": ["nature d'article"], "pl": ["rodzaj artykułu"]}),
    Field("tracking", _("told apart by"), FieldType.CHOICE, choices=TRACKINGS, words=_TRACKING_WORDS,
          example="by lot",
          synonyms={"en": ["tracking", "traceability"], "de": ["Chargenpflicht", "Rückverfolgung"],
                    "es": ["trazabilidad"], "fr": ["traçabilité"], "pl": ["śledzenie"]}),
    Field("pick_rule", _("taken out"), FieldType.CHOICE, choices=PICK_RULES, example="what came first",
          synonyms={"en": ["picking rule", "removal strategy"], "de": ["Entnahmestrategie"],
                    "es": ["estrategia de retirada"], "fr": ["stratégie de sortie"], "pl": ["strategia wydań"]}),
    Field("valuation", _("valued by"), FieldType.CHOICE, choices=VALUATIONS, example="moving average",
          words={"moving average": "AVERAGE", "gleitender durchschnitt": "AVERAGE", "fifo": "FIFO"},
          synonyms={"en": ["valuation", "costing method", "valuation method"], "de": ["Bewertungsverfahren"],
                    "es": ["método de valoración"], "fr": ["méthode de valorisation"], "pl": ["metoda wyceny"]}),
    Field("shelf_life_days", _("shelf life in days"), FieldType.WHOLE, smallest=ZERO, example="365",
          synonyms={"en": ["shelf life", "shelf life days"], "de": ["Haltbarkeit", "Haltbarkeit in Tagen"],
                    "es": ["vida útil"], "fr": ["durée de vie"], "pl": ["okres trwałości"]}),
    Field("gtin", _("GTIN"), longest=14, example="4012345000009",
          synonyms={"en": ["gtin", "ean", "upc", "ean code"], "de": ["EAN-Nummer", "GTIN"]}),
    Field("inspect_on_receipt", _("inspected on receipt"), FieldType.YES_NO, example="no",
          synonyms={"en": ["inspection required", "incoming inspection"], "de": ["Wareneingangsprüfung"],
                    "es": ["inspección de entrada"], "fr": ["contrôle réception"], "pl": ["kontrola dostaw"]}),
    Field("drawing_number", _("drawing number"), longest=60, example="D-4711",
          synonyms={"en": ["drawing", "drawing number"], "de": ["Zeichnungsnummer", "Zeichnung"], "es": ["plano"],
                    "fr": ["numéro de plan", "plan"], "pl": ["numer rysunku", "rysunek"]}),
    Field("size", _("size"), longest=60, example="M8x40",
          synonyms={"en": ["size", "dimensions"], "de": ["Größe", "Abmessungen"], "es": ["tamaño", "talla"],
                    "fr": ["taille", "dimensions"], "pl": ["rozmiar", "wymiary"]}),
    Field("color", _("colour"), longest=60, example="RAL 7016",
          synonyms={"en": ["color", "colour"], "de": ["Farbe", "Farbton"], "es": ["color"],
                    "fr": ["couleur", "teinte"], "pl": ["kolor", "barwa"]}),
    Field("weight", _("weight"), FieldType.NUMBER, smallest=ZERO, example="0.85", synonyms=words_for("weight")),
    Field("weight_unit", _("unit of weight"), FieldType.REFERENCE, refers_to="units", example="kg",
          note=_("kg where nothing is said."), synonyms=words_for("weight_unit")),
    Field("standard_cost", _("standard cost"), FieldType.NUMBER, smallest=ZERO, example="12.40",
          note=_("Of one base unit, from today on; zero says that none is known."),
          synonyms=words_for("standard_cost")),
    Field("list_price", _("sales price"), FieldType.NUMBER, smallest=ZERO, example="24.90",
          note=_("Of one base unit, for everybody, from today on; zero says that none is known."),
          synonyms=words_for("list_price")),
    Field("safety_stock", _("safety stock"), FieldType.NUMBER, smallest=ZERO, example="100",
          synonyms=words_for("safety_stock")),
    Field("reorder_point", _("reorder point"), FieldType.NUMBER, smallest=ZERO, example="250",
          synonyms=words_for("reorder_point")),
    Field("is_active", _("in use"), FieldType.YES_NO, example="yes",
          synonyms={"en": ["active", "in use"], "de": ["aktiv"], "es": ["activo"], "fr": ["actif"],
                    "pl": ["aktywny"]}),
)  # fmt: skip
