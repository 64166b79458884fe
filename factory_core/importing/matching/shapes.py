"""What a column looks like: counted over every cell of it, remembered in a few examples only."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from factory_core.importing.files.cells import Cell, CellForm
from factory_core.importing.matching import dates, numbers, words

# Distinct texts are looked at once each; after so many they are counted off, so that memory does not follow the file.
_MOST_DISTINCT = 4096
_KEPT = 50

_EMPTY, _TEXT, _NUMBER, _DATE, _BOOL, _ERROR = (
    CellForm.EMPTY,
    CellForm.TEXT,
    CellForm.NUMBER,
    CellForm.DATE,
    CellForm.BOOL,
    CellForm.ERROR,
)


@dataclass(slots=True)
class Evidence:
    """How often something was seen in the column, and where one can see it: the first text that shows it."""

    times: int = 0
    example: str = ""

    def add(self, times: int, text: str) -> None:
        """Seen again; the first text stays the example."""
        if not self.times:
            self.example = text
        self.times += times


@dataclass(slots=True)
class Shape:
    """Counters over the cells of one column. Read it through `settled()` after the last `add`."""

    rows: int = 0
    forms: Counter[CellForm] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    # Words that mean "nothing", as they stand: {"NULL": 3451}.
    nothings: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    # Some texts of the column, with the form in which each stands first.
    form_of: dict[str, CellForm] = field(default_factory=dict)
    distinct: int = 0
    # Cells whose text stood nearby before.
    repeated: int = 0
    longest: int = 0
    numeric: int = 0
    whole: int = 0
    dated: int = 0
    point: Evidence = field(default_factory=Evidence)
    comma: Evidence = field(default_factory=Evidence)
    # One sign before three digits: where one can be seen that is not "000" it is the example.
    either_comma: Evidence = field(default_factory=Evidence)
    either_point: Evidence = field(default_factory=Evidence)
    day_first: Evidence = field(default_factory=Evidence)
    month_first: Evidence = field(default_factory=Evidence)
    either_date: Evidence = field(default_factory=Evidence)
    # Of the dates that can be read both ways, those with dots: where dots are used the day stands first.
    dotted: int = 0
    short_years: Evidence = field(default_factory=Evidence)
    timed: Evidence = field(default_factory=Evidence)
    destroyed: Evidence = field(default_factory=Evidence)
    leading_zeros: Evidence = field(default_factory=Evidence)
    long_digits: Evidence = field(default_factory=Evidence)
    exponents: Evidence = field(default_factory=Evidence)
    percents: Evidence = field(default_factory=Evidence)
    # "934.0" and "934,00": whole numbers that a program wrote with decimals.
    zero_fractions: Evidence = field(default_factory=Evidence)
    # Real dates whose day could be a month, and all real dates without a time.
    early_days: Evidence = field(default_factory=Evidence)
    bare_dates: int = 0
    yes_no: int = 0
    units: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    _seen: dict[tuple[CellForm, str, str], int] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Count one more cell."""
        key = (cell.form, cell.text, cell.note)
        seen = self._seen
        if key in seen:
            seen[key] += 1
            return
        if len(seen) >= _MOST_DISTINCT:
            self.settled()
        self._seen[key] = 1

    @property
    def filled(self) -> int:
        """Cells that say something."""
        return self.rows - self.forms[_EMPTY] - self.nothings.total()

    def settled(self) -> "Shape":
        """The same shape with everything added so far counted."""
        seen, self._seen = self._seen, {}
        for (form, text, note), times in seen.items():
            self._look(form, text, note, times)
        return self

    def _look(self, form: CellForm, text: str, note: str, times: int) -> None:
        self.rows += times
        if form is _TEXT:
            text = text.strip()
            form = _TEXT if text else _EMPTY
        self.forms[form] += times
        if form is _EMPTY:
            return
        if note:
            self.notes[note] += times
        if form is _TEXT and words.means_nothing(text):
            self.nothings[text] += times
            return
        self.distinct += 1
        self.repeated += times - 1
        self.longest = max(self.longest, len(text))
        if len(self.form_of) < _KEPT:
            self.form_of.setdefault(text, form)
            if len(self.examples) < 3 and text not in self.examples:
                self.examples.append(text)
        if form is _TEXT:
            self._look_at_text(text, times)
        elif form is _NUMBER:
            self.numeric += times
            self.whole += times if text.lstrip("-").isdigit() else 0
        elif form is _DATE:
            self._look_at_date(text, times)
        elif form is _BOOL:
            self.yes_no += times

    def _look_at_text(self, text: str, times: int) -> None:
        if text.isdigit() and text.isascii():
            self.numeric += times
            self.whole += times
            if text[0] == "0" and len(text) > 1:
                self.leading_zeros.add(times, text)
            if len(text) > 15:
                self.long_digits.add(times, text)
            if len(text) == 8 and dates.taken_apart(text):
                self.dated += times
            if len(text) == 1 and text in "01":
                self.yes_no += times
            return
        if words.yes_or_no(text) is not None:
            self.yes_no += times
        if not any(map(str.isdigit, text)):
            return
        if dates.is_destroyed(text):
            self.destroyed.add(times, text)
        elif dated := dates.taken_apart(text):
            self._count_date(dated, text, times)
        elif written := numbers.taken_apart(text):
            self._count_number(written, text, times)

    def _count_number(self, written: numbers.Written, text: str, times: int) -> None:
        self.numeric += times
        style = written.style
        if style is numbers.Style.POINT:
            self.point.add(times, text)
        elif style is numbers.Style.COMMA:
            self.comma.add(times, text)
        elif style is not numbers.Style.NOTHING:
            either = self.either_comma if style is numbers.Style.EITHER_COMMA else self.either_point
            either.add(times, text)
            if either.example.endswith("000"):
                either.example = text
        body = written.body
        if style in (numbers.Style.POINT, numbers.Style.COMMA) and body == text:
            whole, _, fraction = body.rpartition("." if style is numbers.Style.POINT else ",")
            if not fraction.strip("0") and whole.isdigit():
                self.zero_fractions.add(times, text)
        if written.exponent:
            self.exponents.add(times, text)
        if written.is_percent:
            self.percents.add(times, text)
        if written.unit:
            self.units[written.unit.rstrip(".")] += times
        if written.currency:
            self.currencies[written.currency] += times

    def _count_date(self, dated: dates.Dated, text: str, times: int) -> None:
        self.dated += times
        order = dated.order
        if order is dates.Order.DAY_FIRST:
            self.day_first.add(times, text)
        elif order is dates.Order.MONTH_FIRST:
            self.month_first.add(times, text)
        elif order is dates.Order.EITHER:
            self.either_date.add(times, text)
            self.dotted += times if dated.has_dots else 0
        if dated.is_short_year:
            self.short_years.add(times, text)
        if dated.hour or dated.minute or dated.second_of_minute:
            self.timed.add(times, text)

    def _look_at_date(self, text: str, times: int) -> None:
        self.dated += times
        if len(text) > 10 and text[11:] != "00:00:00":
            self.timed.add(times, text)
        else:
            self.bare_dates += times
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return
        if day.day <= 12:
            self.early_days.add(times, text)


def shape_of(cells: Iterable[Cell]) -> Shape:
    """The shape of a column's cells."""
    shape = Shape()
    add = shape.add
    for cell in cells:
        add(cell)
    return shape.settled()
