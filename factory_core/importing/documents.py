"""Documents that come as a head and its lines, in one sheet or two: added, changed or left as they are, many at a time.

A row without any field of a line makes or changes the document alone; a row with them makes or changes a line, of a
document of the same file or of one that is there.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.importing.kinds import Context, Existing, Outcome, Row
from factory_core.importing.records import empty_of, shown
from factory_core.tables import Record

BATCH = 1000
STEP = 10
D = TypeVar("D", bound=Record)
L = TypeVar("L", bound=Record)


@dataclass(slots=True)
class Draft(Generic[D, L]):
    """One document on its way: what is there of it, what the rows add to it, and what they change."""

    document: D
    is_new: bool
    lines: dict[int, L] = field(default_factory=dict)
    # What the rows said of the document so far, and in which row: two rows must not say two things.
    said: dict[str, tuple[Any, int]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    added: dict[int, L] = field(default_factory=dict)
    changed: dict[int, set[str]] = field(default_factory=dict)
    unnumbered: int = 0

    def note(self, position: int, columns: set[str]) -> None:
        """Columns of a line that were changed; those of a new line are written anyway."""
        if columns and position not in self.added:
            self.changed.setdefault(position, set()).update(columns)


class Documents(ABC, Generic[D, L]):
    """Brings the rows of one batch in; the app says by a child of this class what its documents are."""

    # The document has `number` and `site`, the line `order` and `position`.
    model: ClassVar[Any]
    line_model: ClassVar[Any]
    # Fields of the row that only a line says; "position" names the line within its document.
    line_fields: ClassVar[tuple[str, ...]]

    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self.rows, self.context = rows, context
        self.groups: dict[str, list[Row]] = {}
        for row in rows:
            self.groups.setdefault(str(row.values["number"]), []).append(row)
        # Read with a lock: what people change meanwhile waits for the end of the run, or the run for them.
        found = self.model._default_manager.filter(number__in=list(self.groups)).select_for_update(no_key=True)
        self.there: dict[str, Any] = {document.number: document for document in found}
        keys = [document.pk for document in self.there.values()]
        self.seen = set(visible(context.actor, self.model._default_manager.filter(pk__among=keys)).values_list("pk"))
        self.lines_there: dict[int, dict[int, Any]] = {key: {} for key in keys}
        for line in self.line_model._default_manager.filter(order__among=keys).select_for_update(no_key=True):
            self.lines_there[line.order_id][line.position] = line
        self._drafts: list[Draft[D, L]] = []
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Look up what the rows refer to, with a constant number of questions."""

    @abstractmethod
    def new(self, number: str) -> D:
        """A document of which nothing is known yet but its number."""

    @abstractmethod
    def head(self, row: Row, draft: Draft[D, L]) -> Mapping[str, Any]:
        """What a row says of the document, by column; None says nothing. May refuse the row."""

    @abstractmethod
    def line(self, row: Row, draft: Draft[D, L], line: L, *, is_new: bool) -> Mapping[str, Any]:
        """What a row says of a line, by column; None says nothing. May refuse the row."""

    def settle(self, draft: Draft[D, L]) -> None:
        """After all rows of a document: what follows for its lines; its changes are noted in the draft."""

    @abstractmethod
    def after(self, drafts: Sequence[Draft[D, L]]) -> None:
        """After everything was written."""

    def shown(self, name: str, value: Any) -> str:
        """A value of a column as the list of changes shows it."""
        return shown(value)

    def take(self) -> None:
        """Bring the rows in; see `kinds.Take`."""
        for number, group in self.groups.items():
            self._document(number, group)
        self._write()
        self.after(self._drafts)

    def is_line(self, row: Row) -> bool:
        """Whether a row says anything of a line."""
        return any(row.values.get(name) is not None for name in self.line_fields)

    def _document(self, number: str, group: list[Row]) -> None:
        there = self.there.get(number)
        if there is not None and ((there.pk,) not in self.seen or there.site_id != getattr(self.context.site, "pk", 0)):
            for row in group:
                row.refuse(
                    "number", "number_taken",
                    _("The number “%(number)s” belongs to a document of another site.") % {"number": number},
                    _("Another number, or an import at that site."),
                )  # fmt: skip
            return
        draft: Draft[D, L] = Draft(there or self.new(number), is_new=there is None)
        if there is not None:
            draft.lines = dict(self.lines_there[there.pk])
        for row in group:
            self._row(draft, row)
        if not any(_is_refused(row) for row in group):
            self.settle(draft)
        refused = next((row for row in group if _is_refused(row)), None)
        if refused is None:
            self._drafts.append(draft)
            return
        for row in group:
            if not _is_refused(row):
                row.refuse(
                    "number", "document_refused",
                    _("Row %(row)d of the same document was refused.") % {"row": refused.number},
                    _("Put that row right: a document comes as a whole."),
                )  # fmt: skip

    def _row(self, draft: Draft[D, L], row: Row) -> None:
        head = self._head(draft, row) if self.context.existing is Existing.CHANGE or draft.is_new else set()
        if _is_refused(row):
            return
        if not self.is_line(row):
            if not draft.is_new and self.context.leaves(row, "number"):
                return
            row.outcome = Outcome.CREATED if draft.is_new else Outcome.CHANGED if head else Outcome.UNCHANGED
            return
        position = self._position(draft, row)
        line = draft.lines.get(position)
        if line is not None and position not in draft.added and self.context.leaves(row, "number"):
            return
        is_new = line is None
        made = line or self._new_line(draft, position)
        facts = self.line(row, draft, made, is_new=is_new)
        if _is_refused(row):
            return
        touched = self._set(made, facts, row, is_new=is_new)
        if is_new:
            draft.lines[position] = draft.added[position] = made
            row.outcome = Outcome.CREATED
        else:
            draft.note(position, touched)
            row.outcome = Outcome.CHANGED if touched or head else Outcome.UNCHANGED

    def _head(self, draft: Draft[D, L], row: Row) -> set[str]:
        facts = self.head(row, draft)
        for name, value in facts.items():
            before, number = draft.said.setdefault(name, (value, row.number))
            if value is not None and before is not None and before != value:
                row.refuse(
                    name, "contradicts",
                    _("Row %(row)d says something else of the same document: “%(other)s”.")
                    % {"row": number, "other": self.shown(name, before)},
                    _("The same in all rows of a document."),
                )  # fmt: skip
        if _is_refused(row):
            return set()
        touched = self._set(draft.document, facts, row, is_new=draft.is_new)
        draft.touched |= touched
        return touched

    def _set(self, record: D | L, facts: Mapping[str, Any], row: Row, *, is_new: bool) -> set[str]:
        touched = set()
        for name, value in facts.items():
            wish = value
            if value is None:
                if is_new or not self.context.clears or row.values.get(name, 0) is not None:
                    continue
                wish = empty_of(record, name)
            before = getattr(record, name)
            if before == wish:
                continue
            setattr(record, name, wish)
            if not is_new:
                touched.add(name)
                row.changes[name] = (self.shown(name, before), self.shown(name, wish))
        return touched

    def _position(self, draft: Draft[D, L], row: Row) -> int:
        """What the row says, else its place among the lines that say nothing: 10, 20, 30 …"""
        said = row.values.get("position")
        if isinstance(said, int):
            return said
        draft.unnumbered += 1
        return STEP * draft.unnumbered

    def _new_line(self, draft: Draft[D, L], position: int) -> Any:
        return self.line_model(order=draft.document, position=position)

    def _write(self) -> None:
        documents = [draft.document for draft in self._drafts if draft.is_new]
        self.model._default_manager.bulk_create(documents, batch_size=BATCH)
        added = [line for draft in self._drafts for line in draft.added.values()]
        for draft in self._drafts:
            for line in draft.added.values():
                # The key of a new document is known only now.
                cast(Any, line).order = draft.document
        self.line_model._default_manager.bulk_create(added, batch_size=BATCH)
        _update(self.model, ((draft.document, draft.touched) for draft in self._drafts if not draft.is_new))
        _update(
            self.line_model,
            ((draft.lines[position], columns) for draft in self._drafts for position, columns in draft.changed.items()),
        )


def _is_refused(row: Row) -> bool:
    return row.outcome is Outcome.REFUSED


def _update(model: Any, changes: Iterable[tuple[Record, set[str]]]) -> None:
    """Write the columns that were touched, and the next version of each record."""
    records, columns = [], set()
    for record, touched in changes:
        if touched:
            record.version += 1
            records.append(record)
            columns |= touched
    if records:
        model._default_manager.bulk_update(records, [*sorted(columns), "version"], batch_size=BATCH // 2)
