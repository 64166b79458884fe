"""Bills of materials of the old system come over, flat, indented or one at a time, and go out the same way."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from factory_core.importing.kinds import Field, FieldType, Kind, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from production.products import events
from production.products.queries.designs import lines_seen
from production.products.services.bringing.boms import take_boms
from production.products.services.common import MANAGE

STATUS_WORDS = {
    "active": "RELEASED", "aktiv": "RELEASED", "freigegeben": "RELEASED", "liberado": "RELEASED", "validé": "RELEASED",
    "zatwierdzony": "RELEASED", "entwurf": "DRAFT", "borrador": "DRAFT", "brouillon": "DRAFT", "szkic": "DRAFT",
    "veraltet": "OBSOLETE", "obsoleto": "OBSOLETE", "obsolète": "OBSOLETE", "nieaktualny": "OBSOLETE",
}  # fmt: skip
DATE, YES_NO, NUMBER, WHOLE, CHOICE = (
    FieldType.DATE, FieldType.YES_NO, FieldType.NUMBER, FieldType.WHOLE, FieldType.CHOICE,
)  # fmt: skip
# Only what names the document is filled in from the row above: two versions of one item may differ in the rest.
HEAD = (
    Field("parent", _("item made"), FieldType.REFERENCE, refers_to="items", of_parent=True, longest=60,
          synonyms=words_for("parent_item"), example="BK-M82B-38",
          note=_("One value for all rows where the file lists the parts of one product.")),
    Field("version", _("version"), of_parent=True, longest=20, example="1", synonyms={
        "en": ["version", "bom version", "alternative"], "de": ["Version", "Stücklistenversion", "Alternative"],
        "es": ["versión"], "fr": ["version"], "pl": ["wersja"]},
          note=_("Empty: the one in force; a released one that differs is followed by a new version.")),
    Field("status", _("status"), CHOICE, choices=events.STATUS_WORDS, words=STATUS_WORDS, example="released",
          synonyms={"en": ["bom status"], "de": ["Stücklistenstatus"], "es": ["estado de lista"],
                    "fr": ["statut de nomenclature"], "pl": ["status BOM"]}, note=_("Empty: released.")),
    Field("base_quantity", _("for this quantity"), NUMBER, example="1", smallest=Decimal("0.000001"),
          synonyms={"en": ["base quantity", "batch quantity", "per quantity"], "de": ["Basismenge", "Bezugsmenge"],
                    "es": ["cantidad base"], "fr": ["quantité de base"], "pl": ["ilość bazowa"]}),
    Field("is_phantom", _("phantom"), YES_NO, example="no", synonyms={
        "en": ["phantom", "is phantom"], "de": ["Phantom", "Dummybaugruppe"], "es": ["fantasma"], "fr": ["fantôme"],
        "pl": ["fantom"]}),
    Field("bom_valid_from", _("version valid from"), DATE, example="2026-01-01", synonyms={
        "en": ["bom valid from"], "de": ["Stückliste gültig ab"], "es": ["lista válida desde"],
        "fr": ["nomenclature valable du"], "pl": ["BOM ważny od"]}),
    Field("bom_valid_until", _("version valid until before"), DATE, synonyms={
        "en": ["bom valid until"], "de": ["Stückliste gültig bis vor"], "es": ["lista válida hasta antes de"],
        "fr": ["nomenclature valable avant le"], "pl": ["BOM ważny przed"]}),
    Field("bom_note", _("what changed"), longest=400, synonyms={
        "en": ["change note"], "de": ["Änderungsgrund"], "es": ["motivo del cambio"], "fr": ["motif du changement"],
        "pl": ["powód zmiany"]}),
    Field("names_some", _("names only some lines"), YES_NO, example="no", synonyms={
        "en": ["names only some lines"], "de": ["nennt nur einige Zeilen"], "es": ["solo algunas líneas"],
        "fr": ["quelques lignes seulement"], "pl": ["tylko niektóre wiersze"]},
          note=_("Yes: lines that the file does not name stay. Otherwise a file names all lines.")),
)  # fmt: skip
LINE = (
    Field("level", _("level"), longest=40, synonyms=words_for("level"), example="1",
          note=_("Of an indented list: 1, 2, 3, or 1.2.1, or leading dots. The item made is then no column.")),
    Field("position", _("position"), WHOLE, synonyms=words_for("line_number"), example="10", smallest=Decimal(1)),
    Field("component", _("component"), FieldType.REFERENCE, refers_to="items", example="FR-M94B-38",
          synonyms=words_for("component")),
    Field("quantity", _("quantity"), NUMBER, required=True, is_total=True, synonyms=words_for("quantity_per"),
          example="1"),
    Field("unit", _("unit"), FieldType.REFERENCE, refers_to="units", synonyms=words_for("unit"), example="pcs"),
    Field("kind", _("kind of line"), CHOICE, choices=events.KIND_WORDS, example="component", synonyms={
        "en": ["line type", "kind"], "de": ["Positionsart"], "es": ["tipo de línea"], "fr": ["type de ligne"],
        "pl": ["rodzaj pozycji"]}),
    Field("designators", _("reference designators"), synonyms=words_for("reference_designators"), example="R1 R2"),
    Field("loss_percent", _("loss in percent"), NUMBER, synonyms=words_for("scrap_percent"), example="2"),
    Field("is_fixed", _("the same for any quantity"), YES_NO, example="no", synonyms={
        "en": ["fixed quantity", "fixed"], "de": ["Fixmenge", "feste Menge"], "es": ["cantidad fija"],
        "fr": ["quantité fixe"], "pl": ["ilość stała"]}),
    Field("issue", _("taken"), CHOICE, choices=events.ISSUE_WORDS, example="by itself at the end", synonyms={
        "en": ["issue method", "backflush"], "de": ["Entnahmeart"], "es": ["modo de consumo"],
        "fr": ["mode de sortie"], "pl": ["sposób pobrania"]}),
    Field("operation", _("operation"), WHOLE, smallest=Decimal(1), example="10", synonyms={
        "en": ["used in operation"], "de": ["Arbeitsgang der Entnahme"], "es": ["operación de consumo"],
        "fr": ["opération de consommation"], "pl": ["operacja pobrania"]}),
    Field("cost_share", _("share of the cost in percent"), NUMBER, synonyms={
        "en": ["cost share"], "de": ["Kostenanteil"], "es": ["parte del coste"], "fr": ["part du coût"],
        "pl": ["udział w koszcie"]}),
    Field("valid_from", _("valid from"), DATE, synonyms=words_for("valid_from"), example="2026-01-01"),
    Field("valid_until", _("valid until before"), DATE, synonyms={
        "en": ["valid until before"], "de": ["gültig bis vor"], "es": ["válido hasta antes de"],
        "fr": ["valable avant le"], "pl": ["ważny przed"]}),
    Field("last_on", _("last day"), DATE, synonyms=words_for("valid_until"), example="2026-12-31",
          note=_("The line holds on this day for the last time.")),
    Field("note", _("note"), longest=400, synonyms={
        "en": ["note", "remark", "comment"], "de": ["Bemerkung"], "es": ["nota"], "fr": ["remarque"],
        "pl": ["uwagi"]}),
)  # fmt: skip
# What is only needed for components that are created, and what only reconciles.
BESIDE = (
    Field("component_name", _("name of the component"), longest=200, synonyms={
        "en": ["component name", "name", "value"], "de": ["Komponentenname", "Bezeichnung"],
        "es": ["nombre de componente", "valor"], "fr": ["nom du composant"], "pl": ["nazwa składnika"]}),
    Field("description", _("description"), synonyms=words_for("description")),
    Field("manufacturer", _("manufacturer"), longest=200, synonyms=words_for("manufacturer")),
    Field("manufacturer_part", _("manufacturer's number"), synonyms=words_for("manufacturer_part_number")),
    Field("line_cost", _("cost of the line"), NUMBER, is_total=True, synonyms={
        "en": ["line cost", "extended cost"], "de": ["Kosten der Zeile", "Gesamtkosten"],
        "es": ["costo por pcb", "costo total", "coste total"], "fr": ["coût de la ligne"], "pl": ["koszt pozycji"]},
          note=_("Only added up, so that it can be compared with the file's own total.")),
)  # fmt: skip


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    for line in lines_seen(actor).iterator(chunk_size=2000):
        bom = line.bom
        yield {
            "parent": bom.item.number, "version": bom.code, "status": bom.status, "base_quantity": bom.quantity,
            "is_phantom": bom.is_phantom, "bom_valid_from": bom.valid_from, "bom_valid_until": bom.valid_until,
            "bom_note": bom.note or None, "position": line.position, "component": line.item.number,
            "quantity": line.quantity, "unit": line.unit.code, "kind": line.kind,
            "designators": line.designators or None, "loss_percent": line.loss_percent, "is_fixed": line.is_fixed,
            "issue": line.issue, "operation": line.operation_number, "cost_share": line.cost_share,
            "valid_from": line.valid_from, "valid_until": line.valid_until, "note": line.note or None,
        }  # fmt: skip


def offer() -> None:
    """Lines of bills of materials; equal ones are lines of their own."""
    offer_kind(
        Kind(
            "boms", _("Bills of materials"), MANAGE, (*HEAD, *LINE, *BESIDE), ("parent", "component"), take_boms, _rows,
            adds_up=True, note=_("A released bill of materials that differs is followed by a new version."),
            synonyms={
                "en": ["bom", "boms", "bill of materials", "parts list", "product structure"],
                "de": ["Stückliste", "Stücklisten"], "es": ["lista de materiales"], "fr": ["nomenclature"],
                "pl": ["zestawienie materiałów", "struktura wyrobu"], "systems": ["BillOfMaterials"],
            },
        )
    )  # fmt: skip
