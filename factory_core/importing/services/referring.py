"""Which records rows refer to: by their key, or by what the old system called them; and keeping those old numbers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from factory_core.importing.kinds import OLD_ID, Field, FieldType, Kind, Outcome, Problem, Row, kind_named
from factory_core.importing.models import ExternalId, ImportRun
from factory_core.people.models import User

BATCH = 1000
# How a column is called that names the row above a row, in the languages of the importer.
_ABOVE = (
    "parent", "above", "upper", "super", "main", "head", "master", "partof", "belongs", "ober", "über", "haupt",
    "teilvon", "padre", "superior", "principal", "père", "nadrz", "główn",
)  # fmt: skip
_CAME = (Outcome.CREATED, Outcome.CHANGED, Outcome.UNCHANGED)


class References:
    """The references of a run, each text asked for once; `resolve` puts keys in the place of old numbers."""

    def __init__(self, actor: User, run: ImportRun, kind: Kind) -> None:
        self._actor, self._run, self._kind = actor, run, kind
        self._system = str(run.options.get("system") or "")
        self._fields = [
            (each, target)
            for each in kind.fields
            if each.form is FieldType.REFERENCE
            and (target := kind_named(each.refers_to)) is not None
            and target.known is not None
        ]
        self._columns = {name: plain(header) for name, header in _headers(run).items()}
        # By field: what a row says → the key it means; "" for nothing that is there.
        self._keys: dict[str, dict[str, str]] = defaultdict(dict)
        # What rows of this file are called, by key and by old number, for references of a kind to itself.
        self._own: dict[str, str] = {}

    def resolve(self, rows: Sequence[Row]) -> list[tuple[Row, Field, Kind, str]]:
        """Keys for old numbers, in the rows; gives what refers to nothing, as (row, field, kind, text)."""
        if any(target.name == self._kind.name for _each, target in self._fields):
            self._note_own(rows)
        unknown = []
        for each, target in self._fields:
            keys = self._keys[each.name]
            said = {str(value) for row in rows if (value := row.values.get(each.name)) is not None}
            self._ask(each, target, {text for text in said if not keys.get(text)})
            for row in rows:
                value = row.values.get(each.name)
                if value is None:
                    continue
                if key := keys[str(value)]:
                    row.values[each.name] = key
                else:
                    unknown.append((row, each, target, str(value)))
        return unknown

    def is_known_now(self, each: Field, text: str) -> bool:
        """Whether a row further down in the file is what a row above refers to."""
        return text in self._own and self._speaks_of_rows_like_these(self._columns.get(each.name, ""))

    def keep(self, rows: Iterable[Row]) -> None:
        """Keep the old numbers of the rows that came in."""
        if not self._kind.old_id or self._kind.known is None:
            return
        name = self._kind.key[0]
        said = {str(row.values[OLD_ID]): str(row.values[name]) for row in rows
                if row.outcome in _CAME and row.values.get(OLD_ID) is not None}  # fmt: skip
        if not said:
            return
        column = self._columns.get(OLD_ID, "")
        there = self._kind.known(self._actor, self._run.site, set(said.values()))
        # What we wrote out ourselves says nothing new of numbers that are kept under their own column's name.
        is_ours = column in _own_names(self._kind)
        kept = {one.text: one for one in self._kept(self._kind, said) if is_ours or one.column == column}
        made = {"kind": self._kind.name, "system": self._system, "column": column}
        added = [
            ExternalId(**made, text=text, key=key, record=there[key])
            for text, key in said.items()
            if text not in kept and key in there
        ]
        changed = []
        for text, one in kept.items():
            key = said[text]
            if key in there and (one.key, one.record) != (key, there[key]):
                one.key, one.record, one.version = key, there[key], one.version + 1
                changed.append(one)
        ExternalId.objects.bulk_create(added, batch_size=BATCH)
        if changed:
            ExternalId.objects.bulk_update(changed, ["key", "record", "version"], batch_size=BATCH)

    def _ask(self, each: Field, target: Kind, said: set[str]) -> None:
        """A key; else a number kept from a column of the same name; else one of this file; else one of any column."""
        if not said or target.known is None:
            return
        found = target.known(self._actor, self._run.site, said)
        keys = {text: text for text in said & found.keys()}
        column = self._columns.get(each.name, "")
        means_own = target.name == self._kind.name and self._speaks_of_rows_like_these(column)
        own = {text: self._own[text] for text in said if text in self._own} if means_own else {}
        if target.old_id and len(keys) < len(said):
            same, other = self._old(target, said - keys.keys(), column)
            keys = {**(other if means_own or target.name != self._kind.name else {}), **own, **same, **keys}
        self._keys[each.name] |= {text: keys.get(text, "") for text in said}

    def _speaks_of_rows_like_these(self, column: str) -> bool:
        """“Parent” means a row like this one; “CategoryID” beside “SubcategoryID” numbers another table."""
        own = self._columns.get(OLD_ID, "")
        return column in ("", own) or not own or any(word in column for word in _ABOVE)

    def _old(self, target: Kind, said: set[str], column: str) -> tuple[dict[str, str], dict[str, str]]:
        """Keys by old number: from columns of this name, and from others where these agree. Renamed ones are none."""
        same: dict[str, str] = {}
        other: dict[str, set[str]] = defaultdict(set)
        kept = list(self._kept(target, said))
        if kept and target.known is not None:
            there = target.known(self._actor, self._run.site, {one.key for one in kept})
            for one in kept:
                if there.get(one.key) != one.record:
                    continue
                if one.column == column:
                    same[one.text] = one.key
                other[one.text].add(one.key)
        return same, {text: next(iter(keys)) for text, keys in other.items() if len(keys) == 1}

    def _kept(self, kind: Kind, texts: Iterable[str]) -> Iterable[ExternalId]:
        return ExternalId.objects.filter(kind=kind.name, system=self._system, text__in=list(texts))

    def _note_own(self, rows: Sequence[Row]) -> None:
        """A row may refer to another row of its own file."""
        name = self._kind.key[0]
        for row in rows:
            if (key := row.values.get(name)) is None or row.outcome is Outcome.REFUSED:
                continue
            self._own[str(key)] = str(key)
            if (old := row.values.get(OLD_ID)) is not None:
                self._own.setdefault(str(old), str(key))


def _own_names(kind: Kind) -> set[str]:
    """What the column of old numbers is called in our own templates and exports."""
    names = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            names.add(plain(str(kind.field_named(OLD_ID).label)))
    return names


def plain(header: str) -> str:
    """A header in small letters and digits only."""
    return "".join(letter for letter in header.casefold() if letter.isalnum())[:120]


def _headers(run: ImportRun) -> dict[str, str]:
    headers = {str(column["number"]): str(column["header"]) for column in run.table.get("columns", ())}
    return {name: headers.get(number, "") for number, name in run.mapping.items() if name}


def unknown_reference(described: Field, value: str, target: Kind, run: ImportRun) -> Problem:
    """The sentence for something that a row names and that is not there."""
    creates = bool(run.options.get("creates_missing"))
    return Problem(
        described.name,
        "unknown_reference",
        _("There is no “%(value)s” among %(kind)s.") % {"value": value[:60], "kind": target.label},
        _("One that exists: import %(kind)s first, pick another, or let it be created.") % {"kind": target.label},
        is_warning=creates,
    )
