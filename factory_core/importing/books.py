"""What the books of an app held on a day: for an opening that is compared with the files weeks later."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from factory_core.importing.kinds import Value
from factory_core.people.models import User
from factory_core.plant.models import Site

# Rows of a kind, as they would stand in its file, at the end of a day.
OnDay = Callable[[User, Site, date], Iterable[Mapping[str, Value]]]
_books: dict[str, OnDay] = {}


def offer_books(kind: str, rows: OnDay) -> None:
    """An app whose books know every day says so for one of its kinds. Raises ValueError when said twice."""
    if kind in _books:
        raise ValueError(f"the books of import kind '{kind}' are offered twice")
    _books[kind] = rows


def books_on_day(kind: str) -> OnDay | None:
    """Who can say what the books of a kind held on a day; None where only the present is known."""
    return _books.get(kind)
