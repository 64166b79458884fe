"""Rows added up by field and by place, the same way whether they come from a file or from the books."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from factory_core.importing.kinds import FieldType, Kind, Value
from factory_core.importing.models import ImportRun

Key = tuple[str, ...]
# So many places are told apart.
MOST_PLACES = 500


@dataclass(slots=True)
class Sums:
    """Rows counted and figures added up, by field, and by field and place; what a document says counts once for it."""

    kind: Kind
    rows: int = 0
    fields: dict[str, Decimal] = field(default_factory=dict)
    places: dict[str, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(dict))
    # Documents by how they stand: open ones live, ended ones are history.
    standing: dict[str, int] = field(default_factory=dict)
    # Fields that the rows of the books know at all; what only stands in files is kept nowhere.
    kept: set[str] = field(default_factory=set)
    _documents: set[str] = field(default_factory=set)

    @property
    def documents(self) -> int:
        """How many of them there are."""
        return len(self._documents)

    def add(self, values: Mapping[str, Value]) -> None:
        """Add one row."""
        self.rows += 1
        head = str(values.get(self.kind.key[0]) or "").casefold()
        is_new = head not in self._documents
        self._documents.add(head)
        if is_new and (status := values.get("status")) is not None:
            self.standing[str(status)] = self.standing.get(str(status), 0) + 1
        place = _place(self.kind, values)
        for each in self.kind.fields:
            value = values.get(each.name)
            if not each.is_total or isinstance(value, bool) or not isinstance(value, Decimal | int):
                continue
            if each.of_parent and not is_new:
                continue
            self.fields[each.name] = self.fields.get(each.name, Decimal(0)) + value
            if place is not None and (place in self.places or len(self.places) < MOST_PLACES):
                here = self.places[place]
                here[each.name] = here.get(each.name, Decimal(0)) + value


def of_rows(
    kind: Kind, rows: Iterable[Mapping[str, Value]], names: Sequence[str], keys: set[Key], said: Collection[str]
) -> Sums:
    """Rows added up that bear one of these keys; `names` are the fields that make them.

    `said` are the fields that the file fills: a row that tells nothing of them came from elsewhere, as the cost of an
    item beside its price.
    """
    sums = Sums(kind)
    asked = [each.name for each in kind.fields if each.name in said and each.name not in kind.key]
    for values in rows:
        sums.kept.update(values)
        if key_of(values, names) not in keys:
            continue
        told = [values[name] for name in asked if name in values]
        if not told or any(value is not None for value in told):
            sums.add(values)
    if asked and all(kind.field_named(name).of_parent for name in asked):
        # The file names documents only; how many lines each has got from another file is not its business.
        sums.rows = sums.documents
    return sums


def said_by(run: ImportRun) -> set[str]:
    """The fields of which a run says anything: by a column, or by one value for all rows."""
    return {*run.mapping.values(), *(run.options.get("constants") or {})} - {""}


def naming(kind: Kind, keys: set[Key]) -> list[str]:
    """By which fields rows of the books are known as those of a file: those of the key that the file says at all.

    Of pieces that add up, those that each has to say: where they lie in detail the books write in their own way.
    """
    return [
        name
        for place, name in enumerate(kind.key)
        if kind.field_named(name).required or (not kind.adds_up and any(key[place] for key in keys))
    ] or list(kind.key)


def key_of(values: Mapping[str, Value], names: Sequence[str]) -> Key:
    """What names a row, the same from a file as from the books."""
    return tuple(_named(values.get(name)) for name in names)


def _place(kind: Kind, values: Mapping[str, Value]) -> str | None:
    for each in kind.fields:
        if each.form is FieldType.REFERENCE and each.refers_to == "locations":
            value = values.get(each.name)
            return None if value is None else str(value)
    return None


def _named(value: Value) -> str:
    if isinstance(value, Decimal):
        return as_text(value)
    return "" if value is None else str(value).casefold()


def as_text(value: Decimal) -> str:
    """A figure as text, without zeros that say nothing."""
    return f"{value.normalize():f}" if value else "0"
