"""Readings of machines come over: logs of controls, tables of measured values, one column a tag or one row a value."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import visible
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Row, Value, offer_kind
from factory_core.people.models import User
from factory_core.plant.models import Machine, Site
from telemetry.devices.models import Tag, TagKind

IMPORT = "telemetry.reading.import"
SERIES = 12
# What one export holds; more is asked for by time, from the API.
MOST_ROWS = 100_000
_NOTE = _("Tag named like the column; its cells are the values.")
FIELDS = (
    Field("machine", _("machine"), FieldType.REFERENCE, required=True, refers_to="machines", example="PRESS-1",
        synonyms={
        "en": ["machine", "machine code", "equipment", "asset"], "de": ["Maschine", "Anlage", "Equipment"],
        "es": ["máquina", "equipo"], "fr": ["machine", "équipement"], "pl": ["maszyna", "urządzenie"]}),
    Field("at", _("time"), FieldType.MOMENT, required=True, example="2026-11-22 06:30:00", synonyms={
        "en": ["timestamp", "time", "date", "datetime", "date time", "measured at", "at"],
        "de": ["Zeitstempel", "Zeit", "Datum", "Zeitpunkt", "Datum/Uhrzeit", "Messzeit"],
        "es": ["marca de tiempo", "fecha", "fecha y hora", "hora"], "fr": ["horodatage", "date", "date et heure"],
        "pl": ["znacznik czasu", "czas", "data", "data i godzina"], "systems": ["ts", "_time", "DateTime"]}),
    Field("tag", _("tag"), longest=200, example="spindle.load", synonyms={
        "en": ["tag", "tag name", "key", "signal", "variable", "data item", "sensor", "point", "channel"],
        "de": ["Messstelle", "Signal", "Variable", "Datenpunkt", "Kanal", "Sensor"],
        "es": ["variable", "señal", "sensor"], "fr": ["variable", "signal", "capteur"],
        "pl": ["zmienna", "sygnał", "czujnik"], "systems": ["dataItemId", "_measurement", "TagName"]}),
    Field("value", _("value"), example="12.5", synonyms={
        "en": ["value", "reading", "measurement", "val"], "de": ["Wert", "Messwert"], "es": ["valor", "lectura"],
        "fr": ["valeur", "mesure"], "pl": ["wartość", "odczyt"], "systems": ["_value"]},
        note=_("As machines write it, with a decimal point; words stay words.")),
    Field("number", _("value as a number"), FieldType.NUMBER, example="12.5",
        note=_("For tables of people: the decimal sign is decided for the whole column.")),
    Field("entries", _("entries of a log"), example="Spindle_Speed|1200", synonyms={
        "en": ["entries", "key|value"], "de": ["Einträge"], "es": ["entradas"], "fr": ["entrées"], "pl": ["wpisy"]},
        note=_("Pairs of key and value as adapters of machines write them behind the time.")),
    Field("quality", _("quality"), FieldType.WHOLE, smallest=Decimal(0), largest=Decimal(255), example="192",
        synonyms={"en": ["quality", "status code"], "de": ["Qualität"], "es": ["calidad"], "fr": ["qualité"],
        "pl": ["jakość"]}, note=_("192 and more is good, below 64 is bad.")),
    *(Field(f"series_{number}", format_lazy("{} {}", _("tag of its own"), number), FieldType.NUMBER, note=_NOTE)
        for number in range(1, SERIES + 1)),
)  # fmt: skip
_READINGS = """
SELECT at, value, quality FROM {table} WHERE tag_id = %s ORDER BY at, stream_id, seq LIMIT %s
"""


def _take(rows: Sequence[Row], context: Context) -> None:
    # What it stands on takes a while to load, and most processes bring nothing over.
    from telemetry.importers.taking import take

    take(rows, context)


def _before_undo(run_id: int, added: Mapping[str, set[int]], kept: dict[tuple[str, int], Any]) -> None:
    from telemetry.importers.undoing import before_undo

    before_undo(run_id, added, kept)


def _after_undo(run_id: int, added: Mapping[str, set[int]]) -> None:
    from telemetry.importers.undoing import after_undo

    after_undo(run_id, added)


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    """The oldest readings of each tag of the machines, `MOST_ROWS` of all of them. A question a tag."""
    machines = visible(actor, Machine.objects.all())
    wanted = Q(machine__in=machines) if site is None else Q(machine__in=machines.filter(line__area__site=site))
    left = MOST_ROWS
    for tag in visible(actor, Tag.objects.filter(wanted)).select_related("machine").order_by("machine__code", "name"):
        table = "telemetry_readingtext" if tag.kind == TagKind.TEXT else "telemetry_reading"
        with connection.cursor() as cursor:
            cursor.execute(_READINGS.format(table=table), [tag.pk, left])
            found = cursor.fetchall()
        left -= len(found)
        for at, value, quality in found:
            yield _row(tag, at, value, quality)


def _row(tag: Tag, at: datetime, value: str | float | None, quality: int) -> dict[str, Value]:
    shown = None if value is None else str(value)
    machine = tag.machine.code if tag.machine is not None else None
    return {"machine": machine, "at": at, "tag": tag.name, "value": shown, "quality": quality}


def offer() -> None:
    """Readings, after the machines they belong to."""
    offer_kind(
        Kind(
            "readings", _("Readings"), IMPORT, FIELDS, ("machine", "tag", "at"), _take, _rows, needs_site=True,
            adds_up=True, before_undo=_before_undo, after_undo=_after_undo,
            note=_("The same value of a tag at the same time is nothing new; all others are kept, in any order."),
            synonyms={
                "en": ["readings", "telemetry", "measurements", "machine log", "historian", "trend"],
                "de": ["Messwerte", "Zeitreihe", "Maschinenlog"], "es": ["lecturas", "mediciones"],
                "fr": ["mesures", "relevés"], "pl": ["odczyty", "pomiary"]},
        )
    )  # fmt: skip
