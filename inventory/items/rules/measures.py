"""What units are that are known everywhere, by what people call them. Plain Python."""

from decimal import Decimal

from inventory.items.states import Dimension

# Words, dimension, how many of the dimension's basic unit one is.
_KNOWN: tuple[tuple[str, Dimension, str], ...] = (
    ("kg kilogram kilogramm kilo", Dimension.MASS, "1"),
    ("g gram gramm gr", Dimension.MASS, "0.001"),
    ("mg milligram milligramm", Dimension.MASS, "0.000001"),
    ("t ton tonne to", Dimension.MASS, "1000"),
    ("kiloton", Dimension.MASS, "1000000"),
    ("lb lbs pound us-pound pfund", Dimension.MASS, "0.45359237"),
    ("oz ounce unze", Dimension.MASS, "0.028349523125"),
    ("m meter metre", Dimension.LENGTH, "1"),
    ("mm millimeter millimetre", Dimension.LENGTH, "0.001"),
    ("cm centimeter centimetre zentimeter", Dimension.LENGTH, "0.01"),
    ("dm decimeter decimetre dezimeter", Dimension.LENGTH, "0.1"),
    ("km kilometer kilometre", Dimension.LENGTH, "1000"),
    ("in inch zoll", Dimension.LENGTH, "0.0254"),
    ("ft foot feet", Dimension.LENGTH, "0.3048"),
    ("m2 m² qm sqm square-meter square-metre quadratmeter", Dimension.AREA, "1"),
    ("cm2 cm² square-centimeter square-centimetre", Dimension.AREA, "0.0001"),
    ("mm2 mm² square-millimeter square-millimetre", Dimension.AREA, "0.000001"),
    ("l ltr liter litre", Dimension.VOLUME, "1"),
    ("ml milliliter millilitre", Dimension.VOLUME, "0.001"),
    ("cl centiliter centilitre", Dimension.VOLUME, "0.01"),
    ("m3 m³ cbm cubic-meter cubic-metre kubikmeter", Dimension.VOLUME, "1000"),
    ("cdm dm3 cubic-decimeter cubic-decimetre", Dimension.VOLUME, "1"),
    ("ccm cm3 cubic-centimeter cubic-centimetre", Dimension.VOLUME, "0.001"),
    ("ft3 cubic-foot cubic-feet", Dimension.VOLUME, "28.316846592"),
    ("gal gallon", Dimension.VOLUME, "3.785411784"),
    ("h hr hour stunde", Dimension.TIME, "1"),
    ("min minute", Dimension.TIME, "0.016666666667"),
    ("s sec second sekunde", Dimension.TIME, "0.000277777778"),
    ("d day tag", Dimension.TIME, "24"),
    ("kwh kilowatt-hour kilowattstunde", Dimension.ENERGY, "1"),
    ("mwh megawatt-hour megawattstunde", Dimension.ENERGY, "1000"),
    ("dz dozen dutzend", Dimension.COUNT, "12"),
)
_BY_WORD = {word: (dimension, Decimal(factor)) for words, dimension, factor in _KNOWN for word in words.split()}
_COUNTED = (Dimension.COUNT, Decimal(1))


def measure_named(code: str, name: str = "") -> tuple[Dimension, Decimal]:
    """What a unit of this code and name measures, and its factor; what nobody knows is counted.

    Where there is a name it decides: "KT" may be a kiloton or a kit.
    """
    if not name or _plain(name) == _plain(code):
        return _BY_WORD.get(_plain(code), _COUNTED)
    plain = _plain(name)
    return _BY_WORD.get(plain) or _BY_WORD.get(plain.removesuffix("s")) or _COUNTED


def _plain(text: str) -> str:
    return "-".join(text.lower().split()).rstrip(".")
