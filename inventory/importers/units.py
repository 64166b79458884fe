"""Units of measure come over."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import visible
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.common import Upsert, column_of, found_by, said
from inventory.items.models import Unit
from inventory.items.rules.measures import measure_named
from inventory.items.services.units import check_unit
from inventory.items.states import Dimension

_DIMENSIONS = {
    Dimension.COUNT: _("pieces"),
    Dimension.MASS: _("mass"),
    Dimension.LENGTH: _("length"),
    Dimension.AREA: _("area"),
    Dimension.VOLUME: _("volume"),
    Dimension.TIME: _("time"),
    Dimension.ENERGY: _("energy"),
}
FIELDS = (
    Field("code", _("code"), required=True, longest=12, example="pcs", synonyms=words_for("unit", en="code|unit code")),
    Field("name", _("name"), longest=60, example="Pieces", synonyms=words_for("name", en="name|unit name")),
    Field("dimension", _("dimension"), FieldType.CHOICE, choices=_DIMENSIONS, example="pieces",
          note=_("Where it is not said, units known everywhere measure what they measure; others are counted."),
          synonyms={"en": ["dimension", "quantity type"], "de": ["Größenart", "Dimension"], "es": ["magnitud"],
                    "fr": ["grandeur"], "pl": ["wielkość"]}),
    Field("factor", _("factor"), FieldType.NUMBER, smallest=Decimal("0.000000000001"), example="1",
          note=_("How many of the dimension's basic unit (pcs, kg, m, m², l, h, kWh) one is."),
          synonyms={"en": ["factor", "conversion factor"], "de": ["Umrechnungsfaktor", "Faktor"], "es": ["factor"],
                    "fr": ["facteur"], "pl": ["przelicznik"]}),
    Field("decimals", _("digits behind the point"), FieldType.WHOLE, smallest=Decimal(0), largest=Decimal(6),
          example="0",
          synonyms={"en": ["decimals", "decimal places"], "de": ["Nachkommastellen"], "es": ["decimales"],
                    "fr": ["décimales"], "pl": ["miejsca dziesiętne"]}),
)  # fmt: skip


def known_units(actor: User, codes: Collection[str]) -> dict[str, Unit]:
    """The units that rows mean by these codes."""
    return found_by(visible(actor, Unit.objects.all()), "code", codes)


def _take(rows: Sequence[Row], context: Context) -> None:
    there = found_by(Unit.objects.select_for_update(no_key=True), "code", column_of(rows, "code"))
    units = Upsert(Unit, context, {code.upper(): unit for code, unit in there.items()}, check_unit)
    for row in rows:
        code = str(row.values["code"])
        value = row.values.get
        wish = said(row, name=value("name"), dimension=value("dimension"), factor=value("factor"),
                    decimals=value("decimals"))  # fmt: skip
        dimension, factor = measure_named(code, str(value("name") or ""))
        new = {
            "code": code,
            "name": code,
            "dimension": dimension,
            "factor": factor,
            "decimals": 0 if dimension == "COUNT" else 3,
        }
        if value("dimension") not in (None, dimension):
            new["factor"] = Decimal(1)
        units.put(row, code.upper(), wish, new, name="code")
    units.save()


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    names = ("code", "name", "dimension", "factor", "decimals")
    yield from visible(actor, Unit.objects.order_by("code")).values(*names).iterator()


def _known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return {code: unit.pk for code, unit in known_units(actor, keys).items()}


def offer() -> None:
    """Units come first: everything else is counted in them."""
    words: dict[str, Any] = {
        "en": ["units", "units of measure", "unit measure"], "de": ["Einheiten", "Mengeneinheiten"],
        "es": ["unidades"], "fr": ["unités"], "pl": ["jednostki"],
    }  # fmt: skip
    offer_kind(
        Kind(
            "units", _("Units"), "inventory.item.manage", FIELDS, ("code",), _take, _rows, known=_known, synonyms=words
        )
    )
