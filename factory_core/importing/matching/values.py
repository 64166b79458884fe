"""A cell becomes a value of its field, or a problem with a remedy; nothing is guessed and nothing is rounded."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from factory_core.importing.files.cells import Cell, CellForm
from factory_core.importing.kinds import Field, FieldType, Problem, Value
from factory_core.importing.matching import dates, literal, moments, numbers, problems, words
from factory_core.importing.matching.columns import Decision
from factory_core.importing.matching.names import key_of

Read = tuple[Value, Problem | None]
_NOTHING: Final[Read] = (None, None)
_EMPTY, _TEXT, _NUMBER, _DATE, _ERROR = (
    CellForm.EMPTY,
    CellForm.TEXT,
    CellForm.NUMBER,
    CellForm.DATE,
    CellForm.ERROR,
)
# Texts of one column that are remembered with their values; a column of ids is not worth more memory.
_MOST_REMEMBERED = 4096
# Table programs know no day before; what a factory still does was not dated earlier.
_OLDEST = 1900


class Reader:
    """Reads the cells of one column into one field, each text once.

    `used` counts how often each rule of the person ("treat 'Stk' as 'pcs'") replaced a cell's text, by the text it
    replaced. A rule that replaces a word by itself keeps it where it would count as nothing ("-" → "-").
    """

    def __init__(self, field: Field, decision: Decision, rules: Mapping[str, str] | None = None) -> None:
        self.field, self.decision = field, decision
        self.used: Counter[str] = Counter()
        self._rules = rules or {}
        self._any_case = {old.strip().casefold(): old for old in self._rules}
        self._remembered: dict[tuple[CellForm, str, str], Read] = {}
        self._by_rule: dict[tuple[CellForm, str, str], str] = {}
        self._choices = words.choices_by_word(field.choices, field.words) if field.form is FieldType.CHOICE else {}
        self._zone = ZoneInfo(decision.zone or "UTC") if field.form is FieldType.MOMENT else None
        self._is_percent = "percent" in field.name or field.name.endswith("pct")
        self._understand: Callable[[CellForm, str, str], Read] = {
            FieldType.TEXT: self._text,
            FieldType.REFERENCE: self._text,
            FieldType.WHOLE: self._number,
            FieldType.NUMBER: self._number,
            FieldType.DATE: self._day,
            FieldType.MOMENT: self._day,
            FieldType.YES_NO: self._yes_no,
            FieldType.CHOICE: self._choice,
        }[field.form]

    def read(self, cell: Cell) -> Read:
        """The value of a cell and what is wrong with it; an error has no value, a warning has one."""
        form = cell.form
        if form is _EMPTY:
            return _NOTHING
        key = (form, cell.text, cell.note)
        found = self._remembered.get(key)
        if found is None:
            found = self._read(key)
            if len(self._remembered) < _MOST_REMEMBERED:
                self._remembered[key] = found
        if self._by_rule and key in self._by_rule:
            self.used[self._by_rule[key]] += 1
        return found

    def rule_for(self, text: str) -> str | None:
        """The rule that replaces this text, by what it replaces; the case of letters does not count."""
        return text if text in self._rules else self._any_case.get(text.strip().casefold())

    def _read(self, key: tuple[CellForm, str, str]) -> Read:
        form, text, note = key
        text = text.strip()
        rule = self.rule_for(text) if self._rules else None
        if rule is not None:
            self._by_rule[key] = rule
            instead = self._rules[rule].strip()
            if instead != text:
                form, text, note = _TEXT, instead, ""
        meant = literal.without_mark(text) if form is _TEXT else None
        if meant is not None:
            text = meant
        elif not text or (rule is None and form is _TEXT and words.means_nothing(text)):
            return _NOTHING
        if form is _ERROR:
            return None, problems.error_cell(self.field, text)
        return self._understand(form, text, note)

    def _text(self, form: CellForm, text: str, note: str) -> Read:
        if form is _DATE and self.decision.dates_are_numbers:
            text = str(dates.day_number(date.fromisoformat(text[:10]), self.decision.is_1904))
        if self.decision.drops_zero_fraction and self.field.form is FieldType.REFERENCE:
            text = _without_zero_fraction(text)
        if self.field.longest and len(text) > self.field.longest:
            return None, problems.too_long(self.field, text)
        if form is _NUMBER:
            return text, problems.long_digits(self.field, text) if note == "long_digits" else None
        if not text.isprintable() and (bare := literal.without_control(text)) != text:
            return bare or None, problems.control_characters(self.field, bare)
        return text, problems.formula_text(self.field, text) if literal.looks_like_formula(text) else None

    def _number(self, form: CellForm, text: str, note: str) -> Read:
        warning: Problem | None = None
        if form is _NUMBER:
            value = Decimal(text)
            if note == "percent" and self._is_percent:
                value *= 100
        elif form is _DATE:
            if len(text) > 10 and text[11:] != "00:00:00":
                return None, problems.not_a_number(self.field, text)
            value = Decimal(dates.day_number(date.fromisoformat(text[:10]), self.decision.is_1904))
        elif form is not _TEXT:
            return None, problems.not_a_number(self.field, text)
        elif text.isdigit() and text.isascii() and len(text) <= numbers.MOST_DIGITS:
            value = Decimal(text)
        else:
            written = numbers.taken_apart(text)
            if written is None:
                return None, problems.not_a_number(self.field, text)
            if fault := self._beside(written, text):
                return None, fault
            exact = numbers.exact(written, self.decision.decimal_comma)
            if exact is None:
                return None, problems.unclear_number(self.field, text, written, self.decision.decimal_comma)
            value = exact / 100 if written.is_percent and not self._is_percent else exact
            if written.exponent:
                warning = problems.exponent(self.field, text, value)
        if fault := self._out_of_bounds(value, text):
            return None, fault
        if self.field.form is FieldType.WHOLE:
            if value != value.to_integral_value():
                return None, problems.not_whole(self.field, text)
            return int(value), warning
        return value, warning

    def _beside(self, written: numbers.Written, text: str) -> Problem | None:
        """A unit or currency beside the number that is not the column's."""
        unit = written.unit.rstrip(".")
        if unit and unit != self.decision.unit:
            return problems.other_unit(self.field, text, self.decision.unit)
        if written.currency and written.currency != self.decision.currency:
            return problems.other_currency(self.field, text, self.decision.currency)
        return None

    def _out_of_bounds(self, value: Decimal, text: str) -> Problem | None:
        smallest, largest = self.field.smallest, self.field.largest
        if (smallest is not None and value < smallest) or (largest is not None and value > largest):
            return problems.out_of_bounds(self.field, text)
        return None

    def _day(self, form: CellForm, text: str, note: str) -> Read:
        is_number = form is _NUMBER or (form is _TEXT and len(text) == 5 and text.isdecimal())
        if is_number:
            moment = moments.of_day_number(Decimal(text), self.decision.is_1904)
            if moment is None:
                return None, problems.not_a_date(self.field, text)
            return self._placed(moment, text)
        if form not in (_TEXT, _DATE):
            return None, problems.not_a_date(self.field, text)
        if dates.is_destroyed(text) or (form is _DATE and text[:4] < "1900"):
            return None, problems.destroyed_date(self.field, text)
        dated = dates.taken_apart(text)
        if dated is None:
            return None, problems.not_a_date(self.field, text)
        day = dates.day_of(dated, self.decision.day_first)
        if day is None:
            return None, problems.unclear_day(self.field, text, dated, self.decision.day_first)
        if form is _DATE and self.decision.swapped_dates and day.day <= 12:
            day = day.replace(month=day.day, day=day.month)
        return self._placed(dates.moment_of(dated, day), text)

    def _placed(self, moment: datetime, text: str) -> Read:
        if self._zone is None:
            return moment.date(), problems.long_ago(self.field, text) if moment.year < _OLDEST else None
        try:
            placed = moments.in_zone(moment, self._zone)
        except OverflowError:  # the last hours of the year 9999
            return None, problems.not_a_date(self.field, text)
        if placed.at is None:
            return None, problems.no_such_time(self.field, text, self.decision.zone)
        return placed.at, problems.time_twice(self.field, text, self.decision.zone) if placed.is_twice else None

    def _yes_no(self, form: CellForm, text: str, note: str) -> Read:
        value = words.yes_or_no(_without_zero_fraction(text) if form in (_TEXT, _NUMBER) else text)
        return (value, None) if value is not None else (None, problems.not_yes_no(self.field, text))

    def _choice(self, form: CellForm, text: str, note: str) -> Read:
        for word in (text, _without_zero_fraction(text)):
            value = self._choices.get(key_of(word))
            if value is not None:
                return value, None
        return None, problems.unknown_choice(self.field, text)


def _without_zero_fraction(text: str) -> str:
    for mark in ".,":
        whole, sep, fraction = text.partition(mark)
        if sep and whole.isdigit() and fraction and not fraction.strip("0"):
            return whole
    return text


def read_value(cell: Cell, field: Field, decision: Decision, rules: Mapping[str, str]) -> Read:
    """One cell read by itself. Whoever reads a column keeps a `Reader`, which remembers and counts the rules used."""
    return Reader(field, decision, rules).read(cell)
