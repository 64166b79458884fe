"""Rows of a file become readings: what each says, judged as the door judges packets, stored, nothing twice."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Context, Kind, Outcome, Row, kind_named
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.rows import Reading, staged
from factory_core.importing.states import RowStatus
from telemetry.devices.models import Tag, TagKind
from telemetry.edge.drivers.shdr import entries, value_of
from telemetry.importers.storing import Storing
from telemetry.importers.tags import Named, found_or_made
from telemetry.ingest.columns import KINDS, UNAVAILABLE, TagInfo, judge
from telemetry.ingest.rules import LATENCY_MS, Window
from telemetry.wire import Packet, Quality, Value
from telemetry.wire import Row as WireRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNREADABLE = "@UNREADABLE@"


class Said(NamedTuple):
    """One value that a row says. `is_text`: as it stands in the cell, to be read as its tag wants it."""

    row: Row
    key: str
    value: Value
    quality: int
    is_text: bool = False


def take(rows: Sequence[Row], context: Context) -> None:
    """Store what rows say; see `kinds.Take`. A row with one impossible value stays outside with all of its values."""
    series = _series(context.run_id)
    said = [each for row in rows for each in said_by(row, series)]
    wanted = {(str(each.row.values["machine"]), each.key) for each in said}
    machines, tags = found_or_made(wanted, context, lambda: words_of(context.run_id, series))
    ready = []
    for each in said:
        named = (str(each.row.values["machine"]), each.key)
        if named[0] not in machines:
            _refuse_machine(each.row, named[0])
        elif named not in tags:
            _refuse_tag(each.row, named)
        else:
            ready.append((each, tags[named]))
    _store([(each, tag) for each, tag in ready if each.row.outcome is not Outcome.REFUSED], context)
    for row in rows:
        row.outcome = row.outcome or Outcome.UNCHANGED


def said_by(row: Row, series: Mapping[str, str]) -> Iterator[Said]:
    """Every value of a row; a row that says none is refused."""
    count = 0
    if (log := row.values.get("entries")) is not None:
        for key, value, quality in entries(str(log)):
            count += 1
            yield Said(row, key, value, int(Quality.UNCERTAIN) if key == _UNREADABLE else quality)
    quality = int(str(row.values.get("quality") or int(Quality.GOOD)))
    if row.values.get("quality") == 0:
        quality = 0
    key = str(row.values.get("tag") or "").strip()
    text, number = row.values.get("value"), row.values.get("number")
    has_value = text is not None or number is not None or (bool(key) and quality < Quality.UNCERTAIN)
    if has_value and not key:
        row.refuse(
            "tag", "value_missing", _("This value belongs to no tag."), _("The tag, in a column or for all rows.")
        )
        return
    if has_value:
        count += 1
        if number is not None:
            yield Said(row, key, float(str(number)), quality)
        else:
            yield Said(row, key, None if text is None else str(text), quality, is_text=text is not None)
    for name, header in series.items():
        if (number := row.values.get(name)) is not None:
            count += 1
            yield Said(row, header, float(str(number)), quality)
    if not count:
        row.refuse("value", "value_missing", _("This row says no value."), _("A value, or leave the row out."))


def words_of(run_id: int, series: Mapping[str, str]) -> dict[Named, bool]:
    """Every key of every machine in the whole file, and whether its values are words rather than numbers."""
    run = ImportRun.objects.get(pk=run_id)
    reading = Reading.of(run, cast(Kind, kind_named(run.kind)))
    # When it was does not matter here, and times are what takes longest to read.
    reading.columns = [column for column in reading.columns if column.reader.field.name != "at"]
    reading.constants["at"] = _EPOCH
    seen: dict[Named, set[str]] = defaultdict(set)
    for number, _document, _status, cells, fixes in staged(run, RowStatus.READY, RowStatus.WARNING):
        row = reading.row(number, cells, fixes)
        for each in said_by(row, series):
            value = value_of(str(each.value)) if each.is_text else each.value
            seen[str(row.values.get("machine")), each.key].add(_looks(value))
    # A key that was only ever empty is a word: a number is sent, or is not there.
    return {named: "word" in looks or looks == {"empty"} for named, looks in seen.items()}


def _looks(value: Value) -> str:
    if not isinstance(value, str):
        return "number"
    return "empty" if value == "" else "nothing" if value == UNAVAILABLE else "word"


def _series(run_id: int) -> dict[str, str]:
    """Field → header of the columns that are a tag each."""
    mapping, table = ImportRun.objects.values_list("mapping", "table").get(pk=run_id)
    headers = {str(column["number"]): str(column["header"]) for column in table["columns"]}
    return {
        field: "_".join(headers[number].split()) or f"column_{number}"
        for number, field in mapping.items()
        if field.startswith("series_")
    }


def _store(ready: list[tuple[Said, Tag]], context: Context) -> None:
    if not ready:
        return
    tags = list({tag.pk: tag for _said, tag in ready}.values())
    place = {tag.pk: index for index, tag in enumerate(tags)}
    times = [_us(each.row) for each, _tag in ready]
    t0 = min(times) // 1000
    rows = [
        WireRow(place[tag.pk], (at - t0 * 1000) / 1000, *_value(each, tag))
        for (each, tag), at in zip(ready, times, strict=True)
    ]
    packet = Packet(
        epoch="0" * 16, lane="e", first_seq=1, count=len(rows), sent_ms=0, t0=t0, tags=[str(tag.pk) for tag in tags],
        rows=rows,
    )  # fmt: skip
    newest = (context.at - _EPOCH) // _MICROSECOND + LATENCY_MS * 1000
    columns = judge(packet, {str(tag.pk): _info(tag) for tag in tags}, Window(0, newest))
    for bad in columns.bad:
        said, tag = ready[bad.offset]
        _refuse_value(said, tag, bad.code)
    good = {offset for offset, (each, _tag) in enumerate(ready) if each.row.outcome is not Outcome.REFUSED}
    for offset in Storing(context).store(columns, good, times):
        ready[offset][0].row.outcome = Outcome.CREATED


def _us(row: Row) -> int:
    return (cast(datetime, row.values["at"]) - _EPOCH) // _MICROSECOND


def _value(each: Said, tag: Tag) -> tuple[Value, int]:
    """The value as its tag keeps it, and its quality; a key of numbers with nothing behind it has no value."""
    if tag.kind == TagKind.TEXT:
        return each.value, each.quality
    value = value_of(str(each.value)) if each.is_text else each.value
    return (None, min(each.quality, int(Quality.NO_COMMUNICATION))) if value == "" else (value, each.quality)


def _info(tag: Tag) -> TagInfo:
    low = float("-inf") if tag.min_value is None else tag.min_value
    high = float("inf") if tag.max_value is None else tag.max_value
    return TagInfo(tag.pk, KINDS[tag.kind], low, high, tag.machine_id, enabled=True)


def _refuse_machine(row: Row, code: str) -> None:
    row.refuse(
        "machine", "unknown_reference", _("There is no machine “%(code)s” here.") % {"code": code},
        _("One of this site, or let it be created by somebody who may set up places."),
    )  # fmt: skip


def _refuse_tag(row: Row, named: Named) -> None:
    row.refuse(
        "tag", "unknown_tag", _("Machine “%(machine)s” has no tag “%(tag)s”.") % {"machine": named[0], "tag": named[1]},
        _("One of its tags, or let tags be created."),
    )  # fmt: skip


def _refuse_value(said: Said, tag: Tag, code: str) -> None:
    names = {"tag": tag.name, "value": str(said.value)[:60]}
    sentences = {
        "wrong_type": _("“%(value)s” is no value of tag “%(tag)s”."),
        "out_of_range": _("%(value)s lies outside the possible values of tag “%(tag)s”."),
        "future": _("This time lies in the future."),
        "too_old": _("Times before 1970 are those of a clock that was never set."),
        "too_long": _("The text of tag “%(tag)s” is too long."),
    }
    field = "at" if code in ("future", "too_old") else "value"
    expected = {
        "wrong_type": _("A number with a decimal point; “value as a number” reads other styles."),
        "out_of_range": _("A value between %(low)s and %(high)s.") % {"low": tag.min_value, "high": tag.max_value},
    }
    sentence = sentences.get(code, _("“%(value)s” cannot be kept as a value of tag “%(tag)s”."))
    said.row.refuse(field, code, sentence % names, expected.get(code, ""))
