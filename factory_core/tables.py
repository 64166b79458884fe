"""Three kinds of tables. The word decides audit, retention, backup and which tests apply."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

# A row that belongs to no single place: master data the whole plant shares.
PLANT_WIDE = "*"


class TableKind(StrEnum):
    FACT = "fact"
    RECORD = "record"
    PROJECTION = "projection"


class Table(models.Model):
    """What every model answers: its kind, whose place it is, and which capability lets one see it."""

    table_kind: ClassVar[TableKind]
    # ORM path from the row to its machine, line, area or site; "" where the row is the place itself. Where one of
    # several places says whose row it is, the paths are parted by "|".
    scope_path: ClassVar[str]
    view_capability: ClassVar[str]
    # Fields only some of those who see the row may read, write, filter or sort by: field → capability.
    sensitive: ClassVar[Mapping[str, str]] = {}

    class Meta:
        abstract = True


class Fact(Table):
    """Only added. A mistake is corrected by a counter-entry; a trigger refuses everything but insert."""

    table_kind = TableKind.FACT
    # Facts that an import adds go again when the import is undone as a whole; all others stay for good.
    goes_with_import: ClassVar[bool] = False
    id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True


class Record(Table):
    """Changes under rules, through services; every change stands in the trail with its actor."""

    table_kind = TableKind.RECORD
    id = models.BigAutoField(primary_key=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        abstract = True


class Projection(Table):
    """Can be thrown away and rebuilt from facts; not audited."""

    table_kind = TableKind.PROJECTION
    # Made anew after an undo: what an import added does not stay because a row of this refers to it.
    goes_with_import: ClassVar[bool] = False
    id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True


def _kind() -> "models.CharField[str, str]":
    return models.CharField(_("kind of source"), max_length=80, blank=True, default="", editable=False)


def _id() -> "models.BigIntegerField[int | None, int | None]":
    return models.BigIntegerField(_("source"), null=True, blank=True, editable=False)


def _label() -> "models.CharField[str, str]":
    return models.CharField(_("caused by"), max_length=80, blank=True, default="", editable=False)


class SourcedFact(Fact):
    """A fact that may say which document caused it."""

    source_kind = _kind()
    source_id = _id()
    source_label = _label()

    class Meta:
        abstract = True


class SourcedRecord(Record):
    """A record that may say which document caused it."""

    source_kind = _kind()
    source_id = _id()
    source_label = _label()

    class Meta:
        abstract = True
