"""What can be imported: kinds, their fields, and the list where the apps put theirs.

A kind is described once. The mapping, the checks, the template workbook, the export and the documentation follow from
the description; what a row does is the business of the app that owns the records.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factory_core.people.models import User
from factory_core.plant.models import Site

Value = str | Decimal | int | bool | date | datetime | None


class FieldType(StrEnum):
    """How the text of a cell becomes a value."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a row can say. Texts for people are lazy translations; synonyms are header words by language code."""

    name: str
    label: Any
    form: FieldType = FieldType.TEXT
    required: bool = False
    # Name of the kind a REFERENCE points at, by that kind's key.
    refers_to: str = ""
    # What a CHOICE may be: value → label.
    choices: Mapping[Any, Any] = field(default_factory=dict)
    # What other systems call the values of a CHOICE: {"purchased": "buy", "zukauf": "buy"}.
    words: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, Sequence[str]] = field(default_factory=dict)
    longest: int = 0
    smallest: Decimal | None = None
    largest: Decimal | None = None
    example: str = ""
    note: Any = ""
    # Quantities and values that the register adds up and compares with the file's own totals.
    is_total: bool = False
    # Says how a line belongs to its document: repeated or blank cells belong to the document above.
    of_parent: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell: what was found stands in the row; here are the sentence and the remedy."""

    field: str
    code: str
    sentence: str
    expected: str = ""
    is_warning: bool = False


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(slots=True)
class Row:
    """One row on its way: where it stands in the file, what it says, and what became of it."""

    number: int
    values: dict[str, Value]
    outcome: Outcome | None = None
    problems: list[Problem] = field(default_factory=list)
    # Old and new of what an existing record would get, for the rehearsal: {"name": ("Housing", "Housing, cast")}.
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def refuse(self, name: str, code: str, sentence: str, expected: str = "") -> None:
        """This row cannot come in; the others are not touched by that."""
        self.problems.append(Problem(name, code, sentence, expected))
        self.outcome = Outcome.REFUSED

    def warn(self, name: str, code: str, sentence: str, expected: str = "") -> None:
        """Something to look at; the row comes in all the same."""
        self.problems.append(Problem(name, code, sentence, expected, is_warning=True))


class Existing(StrEnum):
    """What to do with a row whose record exists."""

    CHANGE = "change"
    SKIP = "skip"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Context:
    """Under whose name, where, when and by which wishes rows come in."""

    actor: User
    site: Site | None
    at: datetime
    run_id: int
    existing: Existing = Existing.CHANGE
    # An empty cell leaves what is there, unless people ask for the opposite.
    clears: bool = False
    # Records referred to that do not exist are created from their key alone where the kind allows it.
    creates_missing: bool = False
    # What a kind remembers from batch to batch of one run.
    memory: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def here(self) -> Site:
        """The site, for a kind that needs one."""
        if self.site is None:
            raise ValueError("rows of this kind belong to a site")
        return self.site

    def leaves(self, row: Row, name: str, key: object = "") -> bool:
        """Whether what exists stays as it is by people's wish; its row is left out, or refused by its field `name`."""
        if self.existing is Existing.SKIP:
            row.outcome = Outcome.SKIPPED
        elif self.existing is Existing.STOP:
            row.refuse(name, "exists", gettext("“%(key)s” exists already.") % {"key": key or row.values[name]})
        return self.existing is not Existing.CHANGE


class Take(Protocol):
    """Bring rows in through the app's own services and say of each what became of it.

    Called inside the transaction of the run, with a few thousand rows at a time, all of one kind and in the file's
    order; lines of one document are never parted. Raises nothing for a bad row: it calls `row.refuse(…)` and leaves the
    database as if the row had not been there.
    """

    def __call__(self, rows: Sequence[Row], context: Context) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things that can be imported. `capability` is what it takes, at the site where one exists."""

    name: str
    label: Any
    capability: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    take: Take
    # Rows as they would have to stand in a file to come back unchanged: what the person sees, ordered by key.
    rows: Callable[[User, Site | None], Iterable[Mapping[str, Value]]]
    # Whether the right is asked for at the site, or for the plant as a whole.
    needs_site: bool = False
    # Which of these keys exist, as far as the person may see them: key text → number of the row. For references.
    known: Callable[[User, Site | None, Collection[str]], Mapping[str, int]] | None = None
    # Rows with equal keys are pieces of their own that add up (stock, counts), not the same thing said twice.
    adds_up: bool = False
    # Before an undo takes away what a run added (run, keys by table, what is kept): the app keeps what its books need.
    before_undo: Callable[..., None] | None = None
    # After it (run, keys by table that were added): the app puts its projections right.
    after_undo: Callable[..., None] | None = None
    # What a person may say about the whole: "one number for all", "opening on".
    note: Any = ""
    synonyms: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Files of such things hold what nobody should keep (passwords beside names): columns that are left out are not
    # put on the server's tables at all.
    is_private: bool = False
    # What old systems call their own numbers of these things ("ProductID"); empty: nobody refers to them by such.
    # The importer keeps them, and reads them in every reference to this kind; `known` must be there.
    old_id: Sequence[str] = ()

    def field_named(self, name: str) -> Field:
        """A field by its name. Raises KeyError."""
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(name)


OLD_ID = "old_id"
# The order in which a factory brings things over: what others refer to first. Structures come before stock, because
# they may still change in what an item is counted.
_ORDER = (
    "units", "partners", "customers", "suppliers", "users", "machines", "item_groups", "items", "supplier_items",
    "prices", "work_centres", "boms", "routings", "scrap_reasons", "locations", "lots", "opening_stock",
    "purchase_orders", "sales_orders", "production_orders", "stock_history", "scrap_history", "readings",
)  # fmt: skip
_kinds: dict[str, Kind] = {}


def offer_kind(kind: Kind) -> None:
    """Put a kind on the list; called by an app when it is ready. Raises ValueError for a name that is taken."""
    if kind.name in _kinds:
        raise ValueError(f"an import kind '{kind.name}' is offered twice")
    names = {each.name for each in kind.fields}
    if not set(kind.key) <= names:
        raise ValueError(f"the key of import kind '{kind.name}' names no field of it")
    if kind.old_id:
        if kind.known is None or len(kind.key) != 1:
            raise ValueError(f"old ids of import kind '{kind.name}' need one key and `known`")
        kind = replace(kind, fields=(*kind.fields, _old_id(kind)))
    _kinds[kind.name] = kind


def _old_id(kind: Kind) -> Field:
    return Field(
        OLD_ID, _("number in the old system"), longest=120, synonyms={"en": kind.old_id},
        note=_("Other files of the old system may refer by it; it is kept beside the record."),
    )  # fmt: skip


def kind_named(name: str) -> Kind | None:
    """A kind by its name."""
    return _kinds.get(name)


def kinds() -> list[Kind]:
    """All kinds, in the order in which a factory brings them over."""
    known = {name: place for place, name in enumerate(_ORDER)}
    return sorted(_kinds.values(), key=lambda kind: known.get(kind.name, len(known)))
