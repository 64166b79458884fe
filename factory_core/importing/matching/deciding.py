"""One decision for a whole column: which sign is the decimal sign, which of two numbers is the day; or the question."""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from factory_core.importing.files.cells import Cell, CellForm
from factory_core.importing.kinds import Field, FieldType
from factory_core.importing.matching.columns import Asks, Decision, Said
from factory_core.importing.matching.shapes import Evidence, Shape
from factory_core.importing.matching.values import Reader

_NUMBERS = (FieldType.NUMBER, FieldType.WHOLE)
_DATES = (FieldType.DATE, FieldType.MOMENT)
# So many dates that hardly repeat are needed before they are taken for numbers in disguise.
_ENOUGH = 20
_NAMES = (FieldType.TEXT, FieldType.REFERENCE)
# Where a person says which country a file is from: those that write decimals with a comma, and those that put the month
# first. All others write a point, and the day.
_COMMA_LANGUAGES = frozenset(
    ("de", "es", "fr", "pl", "it", "nl", "pt", "cs", "sk", "sv", "da", "nb", "fi", "hu", "ro", "tr", "ru")
)
_POINT_PLACES = frozenset(("de-ch", "es-mx"))


def decide(field: Field, shape: Shape, *, locale: str = "", is_1904: bool = False, zone: str = "UTC") -> Decision:
    """How the column is read into the field, with examples, findings, and the question that is left if there is one.

    `locale` ("de", "en-us", "fr-ch") is what a person said about the file: it settles only what the cells leave open,
    and never what they contradict. `zone` names the site's time zone, for moments.
    """
    shape.settled()
    decision = Decision(is_1904=is_1904, zone=zone, findings=tuple(_general(field, shape)))
    if field.form in _NUMBERS:
        decision = _number(decision, field, shape, locale.lower())
    elif field.form in _DATES:
        decision = _date(decision, field, shape, locale.lower())
    elif field.form in _NAMES:
        decision = _name(decision, field, shape)
    return _with_examples(decision, field, shape)


def answered(
    decision: Decision,
    field: Field,
    shape: Shape,
    *,
    decimal_comma: bool | None = None,
    day_first: bool | None = None,
    swapped_dates: bool | None = None,
) -> Decision:
    """The decision after the person answered its question; the examples show how the cells are read now.

    A question about DECIMAL_SIGN is answered by `decimal_comma`, one about DAY_ORDER by `day_first`, one about
    SWAPPED_DATES by `swapped_dates` (the table program took days for months: turn the real dates round).
    """
    decision = replace(
        decision,
        decimal_comma=decision.decimal_comma if decimal_comma is None else decimal_comma,
        day_first=decision.day_first if day_first is None else day_first,
        swapped_dates=bool(swapped_dates),
        question="",
        asks=Asks.NOTHING,
    )
    return _with_examples(decision, field, shape)


def _number(decision: Decision, field: Field, shape: Shape, locale: str) -> Decision:
    decision = replace(decision, unit=_main(shape.units), currency=_main(shape.currencies))
    for comma, point in ((shape.comma, shape.point), (shape.either_comma, shape.either_point)):
        if comma.times and point.times:
            shown = {"comma": comma.example, "point": point.example}
            question = _("Some cells have a decimal comma (%(comma)s), some a decimal point (%(point)s). Which is it?")
            return replace(decision, asks=Asks.DECIMAL_SIGN, question=question % shown)
    if shape.comma.times or shape.point.times:
        return replace(decision, decimal_comma=bool(shape.comma.times))
    either = shape.either_comma if shape.either_comma.times else shape.either_point
    if either.times and field.form is FieldType.WHOLE and not either.example.endswith("000"):
        # No fractions are counted here, so these are thousands.
        return replace(decision, decimal_comma=either is shape.either_point)
    if either.times and not locale:
        return replace(
            decision,
            asks=Asks.DECIMAL_SIGN,
            question=_("Is “%(shown)s” a thousand and more, or a number with three decimals?")
            % {"shown": either.example},
        )
    if locale:
        return replace(
            decision, decimal_comma=locale not in _POINT_PLACES and locale.partition("-")[0] in _COMMA_LANGUAGES
        )
    return decision


def _date(decision: Decision, field: Field, shape: Shape, locale: str) -> Decision:
    said = list(decision.findings)
    said += _about_dates(field, shape)
    decision = replace(decision, findings=tuple(said))
    if shape.day_first.times and shape.month_first.times:
        return replace(
            decision,
            asks=Asks.DAY_ORDER,
            question=_(
                "Some cells put the day first (%(day)s), some the month (%(month)s). Which order do the others have?"
            )
            % {"day": shape.day_first.example, "month": shape.month_first.example},
        )
    if _may_be_swapped(shape):
        return replace(
            decision,
            day_first=bool(shape.day_first.times),
            asks=Asks.SWAPPED_DATES,
            question=_(
                "Every real date in this column has a day up to 12 (%(date)s) and every written one a day above it"
                " (%(text)s): the table program may have taken days for months. Did it?"
            )
            % {
                "date": shape.early_days.example,
                "text": shape.day_first.example or shape.month_first.example,
            },
        )
    if shape.day_first.times or shape.month_first.times:
        return replace(decision, day_first=bool(shape.day_first.times))
    if not shape.either_date.times:
        return decision
    if locale:
        return replace(decision, day_first=locale != "en-us")
    if shape.dotted == shape.either_date.times:
        return replace(decision, day_first=True)
    shown = shape.either_date.example
    return replace(
        decision,
        asks=Asks.DAY_ORDER,
        question=_("Does “%(shown)s” begin with the day or with the month?") % {"shown": shown},
    )


def _may_be_swapped(shape: Shape) -> bool:
    """A file typed day first and opened by a program that expects months: what it could swap it made real dates."""
    written = shape.day_first.times + shape.month_first.times
    return bool(
        written
        and not shape.either_date.times
        and shape.forms[CellForm.DATE] > 2
        and shape.early_days.times == shape.forms[CellForm.DATE]
    )


def _name(decision: Decision, field: Field, shape: Shape) -> Decision:
    said = list(decision.findings)
    real_dates = shape.forms[CellForm.DATE]
    if (
        real_dates
        and shape.bare_dates == real_dates >= 0.95 * shape.filled
        and real_dates >= _ENOUGH
        and shape.repeated <= 0.1 * real_dates
    ):
        decision = replace(decision, dates_are_numbers=True)
        said.append(
            Said(
                "ids_shown_as_dates",
                _("The cells are formatted as dates but count like numbers: the number behind each is taken."),
                real_dates,
                shape.examples[0] if shape.examples else "",
            )
        )
    zeros = shape.zero_fractions
    if field.form is FieldType.REFERENCE and zeros.times and zeros.times + shape.whole == shape.filled:
        decision = replace(decision, drops_zero_fraction=True)
        said.append(_said("whole_with_decimals", _("Whole numbers written with decimals lose these."), zeros))
    if shape.leading_zeros.times:
        said.append(_said("leading_zeros", _("Leading zeros are kept."), shape.leading_zeros))
    if shape.exponents.times:
        sentence = _("What looks like a number with an exponent is kept as text.")
        said.append(_said("exponents", sentence, shape.exponents))
    return replace(decision, findings=tuple(said))


def _said(code: str, sentence: str, evidence: Evidence) -> Said:
    return Said(code, sentence, evidence.times, evidence.example)


def _general(field: Field, shape: Shape) -> list[Said]:
    said = [
        Said(
            "empty_word",
            ngettext(
                "“%(word)s” in %(count)s cell is read as empty.",
                "“%(word)s” in %(count)s cells is read as empty.",
                times,
            )
            % {"word": word, "count": times},
            times,
            word,
        )
        for word, times in sorted(shape.nothings.items())
    ]
    if field.form in _NUMBERS:
        if len(shape.units) > 1:
            said.append(
                Said(
                    "several_units",
                    _("Different units stand beside the numbers: %(units)s.") % {"units": _listed(shape.units)},
                    shape.units.total(),
                )
            )
        elif shape.units:
            unit = _main(shape.units)
            said.append(
                Said("unit_in_cells", _("The numbers are in %(unit)s.") % {"unit": unit}, shape.units[unit], unit)
            )
        if len(shape.currencies) > 1:
            said.append(
                Said(
                    "several_currencies",
                    _("Different currencies stand beside the numbers: %(units)s.")
                    % {"units": _listed(shape.currencies)},
                    shape.currencies.total(),
                )
            )
    return said


def _about_dates(field: Field, shape: Shape) -> list[Said]:
    said = []
    if shape.destroyed.times:
        sentence = _(
            "Only minutes and seconds are left of these dates, as a table program showed them: the days are lost."
        )
        said.append(_said("destroyed_dates", sentence, shape.destroyed))
    if shape.short_years.times:
        sentence = _("Years of two digits: 00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999.")
        said.append(_said("short_years", sentence, shape.short_years))
    if field.form is FieldType.DATE and shape.timed.times:
        sentence = _("Only the day is taken; the time of day is left out.")
        said.append(_said("time_left_out", sentence, shape.timed))
    if shape.forms[CellForm.NUMBER]:
        said.append(
            Said(
                "day_numbers",
                _("Numbers are read as the day numbers of a table program."),
                shape.forms[CellForm.NUMBER],
            )
        )
    return said


def _main(counted: dict[str, int]) -> str:
    """The most frequent; of equally frequent ones the first in the alphabet."""
    return min(counted, key=lambda each: (-counted[each], each)) if counted else ""


def _listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{each} ({times})" for each, times in sorted(counted.items()))


def _with_examples(decision: Decision, field: Field, shape: Shape) -> Decision:
    """Three cells as they stand and as they are read: those first that show the decision."""
    reader = Reader(field, decision)
    numbers = (shape.comma, shape.point, shape.either_comma, shape.either_point)
    telling = (*numbers, shape.day_first, shape.month_first, shape.either_date)
    texts = [evidence.example for evidence in telling if evidence.times] + shape.examples
    shown = []
    for text in dict.fromkeys(texts):
        value, problem = reader.read(Cell(shape.form_of.get(text, CellForm.TEXT), text))
        if problem is None or value is not None:
            shown.append((text, _written(value)))
    return replace(decision, examples=tuple(shown[:3]))


def _written(value: object) -> str:
    return "" if value is None else str(value)
