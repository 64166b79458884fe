"""Which records rows refer to: by their key, or by what the old system called them; and keeping those old numbers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from factory_core.importing.kinds import OLD_ID, Field, FieldType, Kind, Outcome, Problem, Row, kind_named
from factory_core.importing.models import ExternalId, ImportRun
from factory_core.people.models import User

BATCH = 1000
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
        # By kind: what a row says → the key it means; "" for nothing that is there.
        self._keys: dict[str, dict[str, str]] = defaultdict(dict)
        self._refers_to_itself = any(target.name == kind.name for _each, target in self._fields)

    def resolve(self, rows: Sequence[Row]) -> list[tuple[Row, Field, Kind, str]]:
        """Keys for old numbers, in the rows; gives what refers to nothing, as (row, field, kind, text)."""
        if self._refers_to_itself:
            self._note_own(rows)
        unknown = []
        for each, target in self._fields:
            keys = self._keys[target.name]
            said = {str(value) for row in rows if (value := row.values.get(each.name)) is not None}
            self._ask(target, said - keys.keys())
            for row in rows:
                value = row.values.get(each.name)
                if value is None:
                    continue
                if key := keys[str(value)]:
                    row.values[each.name] = key
                else:
                    unknown.append((row, each, target, str(value)))
        return unknown

    def is_known_now(self, target: Kind, text: str) -> bool:
        """Whether a row further down in the file is what a row above refers to."""
        return bool(self._keys[target.name].get(text))

    def keep(self, rows: Iterable[Row]) -> None:
        """Keep the old numbers of the rows that came in."""
        if not self._kind.old_id or self._kind.known is None:
            return
        name = self._kind.key[0]
        said = {str(row.values[OLD_ID]): str(row.values[name]) for row in rows
                if row.outcome in _CAME and row.values.get(OLD_ID) is not None}  # fmt: skip
        if not said:
            return
        there = self._kind.known(self._actor, self._run.site, set(said.values()))
        kept = {one.text: one for one in self._kept(self._kind, said)}
        added = [
            ExternalId(kind=self._kind.name, system=self._system, text=text, key=key, record=there[key])
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

    def _ask(self, target: Kind, said: set[str]) -> None:
        if not said or target.known is None:
            return
        keys = self._keys[target.name]
        found = target.known(self._actor, self._run.site, said)
        keys |= {text: text if text in found else "" for text in said}
        old = {one.text: one for one in self._kept(target, said - found.keys())} if target.old_id else {}
        if old:
            there = target.known(self._actor, self._run.site, {one.key for one in old.values()})
            keys |= {text: one.key for text, one in old.items() if there.get(one.key) == one.record}

    def _kept(self, kind: Kind, texts: Iterable[str]) -> Iterable[ExternalId]:
        return ExternalId.objects.filter(kind=kind.name, system=self._system, text__in=list(texts))

    def _note_own(self, rows: Sequence[Row]) -> None:
        """A row may refer to another row of its own file."""
        keys, name = self._keys[self._kind.name], self._kind.key[0]
        for row in rows:
            if (key := row.values.get(name)) is None or row.outcome is Outcome.REFUSED:
                continue
            keys[str(key)] = str(key)
            if (old := row.values.get(OLD_ID)) is not None and not keys.get(str(old)):
                keys[str(old)] = str(key)


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
