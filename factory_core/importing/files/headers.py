"""Which row names the columns: it has words, the rows below stand under them, and nothing like it comes before."""

from collections import Counter
from statistics import median
from typing import NamedTuple

from factory_core.importing.files.cells import NO_FORM, TEXT, Cell
from factory_core.importing.files.source import Merge, RawRow
from factory_core.importing.files.words import is_day, is_figure, is_year

FAR = 60
BODY = 20
GOOD = 0.55
# Of two rows about equally good the upper one is the header: a line of words looks like one too.
_NEAR = 0.12


class Guess(NamedTuple):
    """The place of a header in the rows, how many rows it has (none, one, two), how sure it is."""

    place: int
    lines: int
    score: float
    why: str


def words_of(row: RawRow) -> dict[int, str]:
    """The columns of a row that hold words."""
    return {
        place: cell.text.strip() for place, cell in enumerate(row.cells, 1) if cell.form is TEXT and not is_figure(cell)
    }


def filled_of(row: RawRow) -> set[int]:
    """The columns of a row that hold anything."""
    return {place for place, cell in enumerate(row.cells, 1) if cell.form is not NO_FORM}


def header_of(rows: list[RawRow], merges: list[Merge]) -> Guess:
    """The best header in the first rows."""
    scores = [_score(rows, place) for place in range(min(len(rows), FAR))]
    best = max(scores, default=0.0)
    if best < GOOD:
        return Guess(0, 0, 0.2, "no_header")
    place = next(place for place, score in enumerate(scores) if score >= max(GOOD, best - _NEAR))
    why = "first_row" if place == 0 else "above_data"
    if place and is_pair(rows, place - 1, merges):
        return Guess(place - 1, 2, scores[place], "two_lines")
    if is_pair(rows, place, merges):
        return Guess(place, 2, scores[place], "two_lines")
    return Guess(place, 1, scores[place], why)


def body_of(rows: list[RawRow], place: int) -> list[RawRow]:
    """The rows under a row, as far as they hang together; a header repeated on every page is none of them."""
    body: list[RawRow] = []
    before = rows[place].number
    for row in rows[place + 1 : place + 1 + BODY]:
        if row.number - before > (2 if not body else 3):
            break
        before = row.number
        if row.cells != rows[place].cells:
            body.append(row)
    return body


def _score(rows: list[RawRow], place: int) -> float:
    words, filled = words_of(rows[place]), filled_of(rows[place])
    if not words:
        return 0.0
    body = body_of(rows, place)
    uniqueness = len(set(words.values())) / len(words)
    short = sum(len(word) <= 80 for word in words.values()) / len(words)
    purity = len(words) / len(filled)
    if not body:
        return 0.6 * purity * short if place == 0 and len(words) > 1 else 0.0
    bodies = [filled_of(row) for row in body]
    width = median(len(each) for each in bodies)
    under = sum(len(each & filled) for each in bodies) / max(sum(len(each) for each in bodies), 1)
    wide = min(len(filled) / max(width, 1), 1)
    if wide < 0.5 or under < 0.5:
        return 0.3 * wide
    contrast = sum(_is_figures(body, column) for column in words) / len(words)
    good = 0.35 * under + 0.2 * purity + 0.1 * uniqueness + 0.2 * wide + 0.15 * min(contrast * 2, 1)
    return (good - _likeness(rows[place], body, filled.difference(words))) * short


def _likeness(row: RawRow, body: list[RawRow], figures: set[int]) -> float:
    """How much a row looks like the lines below: figures over figures of their kind; years and days name columns."""
    cells = {column: row.cells[column - 1] for column in figures}
    if sum(is_year(cell) for cell in cells.values()) > 1:
        cells = {column: cell for column, cell in cells.items() if not is_year(cell)}
    alike = [
        column
        for column, cell in cells.items()
        if _is_figures(body, column) and any(is_day(below) is is_day(cell) for below in cells_at(body[:3], column))
    ]
    return 0.15 + 0.3 * len(alike) / len(filled_of(row)) if alike else 0.0


def _is_figures(body: list[RawRow], column: int) -> bool:
    cells = cells_at(body, column)
    return bool(cells) and sum(is_figure(cell) for cell in cells) >= 0.7 * len(cells)


def cells_at(rows: list[RawRow], column: int) -> list[Cell]:
    """The filled cells of a column."""
    return [cell for row in rows if column <= len(row.cells) and (cell := row.cells[column - 1]).form is not NO_FORM]


def is_pair(rows: list[RawRow], place: int, merges: list[Merge]) -> bool:
    """Whether this row and the next name the columns together: "Price" over "EUR" and "USD"."""
    if place + 1 >= len(rows) or rows[place + 1].number != rows[place].number + 1:
        return False
    upper, lower = words_of(rows[place]), words_of(rows[place + 1])
    if not upper or not lower or set(upper) != filled_of(rows[place]) or set(lower) != filled_of(rows[place + 1]):
        return False
    body = body_of(rows, place + 1)
    if not body:
        return False
    number = rows[place].number
    across = [merge for merge in merges if merge[0] == merge[2] == number and merge[3] > merge[1]]
    down = [merge for merge in merges if merge[0] == number and merge[2] == number + 1 and merge[1] == merge[3]]
    width = max(max(upper), max(lower))
    for _, left, _, right in across:
        if right - left + 1 < width * 0.9 and sum(left <= column <= right for column in lower) >= 2:
            return True
    if down and len(upper) >= 2:
        return True
    alone = [column for column in upper if column not in lower and cells_at(body, column)]
    new = [column for column in lower if column not in upper and cells_at(body, column)]
    words_over_figures = any(_is_figures(body, column) for column in lower)
    return len(upper) >= 2 and bool(alone) and bool(new) and words_over_figures


def names(rows: list[RawRow], guess: Guess, merges: list[Merge]) -> dict[int, str]:
    """The name of each column; two lines are joined as "Price / EUR"."""
    if guess.lines == 0:
        return {}
    upper = {place: cell.text for place, cell in enumerate(rows[guess.place].cells, 1) if cell.text.strip()}
    if guess.lines == 1:
        return {column: _one_line(text) for column, text in upper.items()}
    lower = {place: cell.text for place, cell in enumerate(rows[guess.place + 1].cells, 1) if cell.text.strip()}
    carried = _carried(upper, lower, rows[guess.place].number, merges)
    joined: dict[int, str] = {}
    for column in sorted(upper.keys() | lower.keys()):
        parts = [_one_line(text) for text in (carried.get(column, ""), lower.get(column, "")) if text.strip()]
        joined[column] = " / ".join(dict.fromkeys(parts))
    return joined


def _carried(upper: dict[int, str], lower: dict[int, str], number: int, merges: list[Merge]) -> dict[int, str]:
    """The upper line with its words over every column that they are meant for."""
    carried = dict(upper)
    across = [merge for merge in merges if merge[0] == number and merge[3] > merge[1]]
    for _, left, _, right in across:
        carried |= {column: upper[left] for column in range(left, min(right, 2000) + 1) if left in upper}
    if not across:
        over = ""
        for column in range(1, max(lower) + 1):
            if column in upper:
                over = upper[column] if column in lower else ""
            elif over and column in lower:
                carried[column] = over
            else:
                over = ""
    return carried


def _one_line(text: str) -> str:
    return " ".join(text.split())


def repeated(found: dict[int, str]) -> list[str]:
    """Names that stand over more than one column."""
    return [name for name, times in Counter(name.casefold() for name in found.values()).items() if times > 1 and name]
