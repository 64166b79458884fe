"""What caused something, named upwards without a foreign key: kind, id and label."""

from typing import NamedTuple

from django.db import models

from factory_core.tables import SourcedFact, SourcedRecord


class SourceRef(NamedTuple):
    """The document behind a move, a reservation, a request: `production.productionorder`, 17, "PO-000017".

    The kind is the model's label in lower letters.
    """

    kind: str
    id: int
    label: str

    @classmethod
    def of(cls, thing: models.Model) -> "SourceRef":
        """The reference to a record."""
        return cls(thing._meta.label_lower, thing.pk, str(thing))


def source_of(row: SourcedFact | SourcedRecord) -> SourceRef | None:
    """The document behind a row, if one was named."""
    return None if row.source_id is None else SourceRef(row.source_kind, row.source_id, row.source_label)


def source_fields(source: SourceRef | None) -> dict[str, str | int]:
    """A reference as the columns of a sourced row."""
    if source is None:
        return {}
    return {"source_kind": source.kind, "source_id": source.id, "source_label": source.label[:80]}
