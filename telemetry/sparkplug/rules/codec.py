"""Bytes of a Sparkplug B payload and back: bounded in size, depth and count; whatever is wrong is one exception."""

import zlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from google.protobuf.message import DecodeError

from telemetry.sparkplug.rules.schema import VALUE_FIELDS, Payload
from telemetry.sparkplug.rules.values import Datatype
from telemetry.wire import MAX_TIME_MS

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_METRICS: Final = 20_000
MAX_DEPTH: Final = 8
MAX_NAME: Final = 380
COMPRESSED: Final = "SPBV1.0_COMPRESSED"
REBIRTH: Final = "Node Control/Rebirth"
BD_SEQ: Final = "bdSeq"
_METRICS_KEY: Final = (2 << 3) | 2


class Undecodable(ValueError):
    """The bytes are no payload, or a larger one than a host should take; the message says which."""


class Metric(NamedTuple):
    """One flat value as it was sent. `name` and `alias` name the metric; `inner` is the way inside it (a/b/c)."""

    name: str
    alias: int | None
    inner: str
    datatype: int
    at_ms: int | None
    historical: bool
    null: bool
    field: str
    raw: Any
    quality: int | None
    unit: str
    meaning: str


class Decoded(NamedTuple):
    """A payload: when it was sent by the node's clock, its number from 0 to 255 if it has one, its metrics."""

    at_ms: int | None
    seq: int | None
    metrics: list[Metric]


def decode(body: bytes) -> Decoded:
    """Read a payload. Raises Undecodable, and nothing else, whatever the bytes are."""
    try:
        payload = _parse(body)
        if payload.uuid == COMPRESSED:
            payload = _unpacked(payload)
        metrics = list(_bounded(_flat(payload.metrics)))
    except (DecodeError, UnicodeDecodeError, RecursionError, zlib.error) as error:
        raise Undecodable(f"not a Sparkplug payload: {error}"[:300]) from error
    seq = payload.seq if payload.HasField("seq") else None
    if seq is not None and seq > 255:
        raise Undecodable(f"seq is {seq}; expected 0 to 255")
    return Decoded(_time(payload), seq, metrics)


def rebirth_command(at_ms: int) -> bytes:
    """The only command this host ever sends: please tell again what you have."""
    payload = Payload(timestamp=at_ms)
    payload.metrics.add(name=REBIRTH, timestamp=at_ms, datatype=Datatype.BOOLEAN, boolean_value=True)
    body: bytes = payload.SerializeToString()
    return body


def _parse(body: bytes) -> Any:
    if len(body) > MAX_BYTES:
        raise Undecodable(f"{len(body)} bytes; at most {MAX_BYTES} are taken")
    _count(body)
    payload = Payload()
    payload.ParseFromString(body)
    return payload


def _unpacked(outer: Any) -> Any:
    algorithm = next((m.string_value for m in outer.metrics if m.name == "algorithm"), "DEFLATE").upper()
    if algorithm not in ("DEFLATE", "GZIP"):
        raise Undecodable(f"packed with {algorithm[:20]}; expected DEFLATE or GZIP")
    machine = zlib.decompressobj(31 if algorithm == "GZIP" else 15)
    body = machine.decompress(outer.body, MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise Undecodable(f"unpacks to more than {MAX_BYTES} bytes")
    if not machine.eof:
        raise Undecodable("the packed body is cut off")
    inner = _parse(body)
    if inner.uuid == COMPRESSED:
        raise Undecodable("packed twice")
    # Some nodes number only the wrapper.
    for field in ("seq", "timestamp"):
        if outer.HasField(field) and not inner.HasField(field):
            setattr(inner, field, getattr(outer, field))
    return inner


def _count(body: bytes) -> None:
    """Count the metrics before anything is built from them: a million empty ones fit into two bytes each."""
    place, metrics = 0, 0
    while place < len(body):
        key, place = _varint(body, place)
        kind = key & 7
        if kind == 2:
            length, place = _varint(body, place)
            place += length
            metrics += key == _METRICS_KEY
        elif kind == 0:
            _number, place = _varint(body, place)
        elif kind in (1, 5):
            place += 8 if kind == 1 else 4
        else:
            raise Undecodable("not a Sparkplug payload: a field of no known kind")
        if metrics > MAX_METRICS:
            raise Undecodable(f"more than {MAX_METRICS} metrics")


def _varint(body: bytes, place: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(body):
            break
        byte = body[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place
    raise Undecodable("not a Sparkplug payload: a number without an end")


def _bounded(metrics: Iterator[Metric]) -> Iterator[Metric]:
    for number, metric in enumerate(metrics):
        if number >= MAX_METRICS:
            raise Undecodable(f"more than {MAX_METRICS} metrics")
        if len(metric.name) + len(metric.inner) > MAX_NAME or "\0" in metric.name + metric.inner:
            raise Undecodable(f"a metric's name is longer than {MAX_NAME} characters or holds a zero")
        yield metric


def _flat(metrics: Any) -> Iterator[Metric]:
    for metric in metrics:
        head = Metric(
            metric.name, metric.alias if metric.HasField("alias") else None, "", metric.datatype, _time(metric),
            metric.is_historical, metric.is_null, "", None, *_properties(metric),
        )  # fmt: skip
        yield from _leaves(metric, head, 1)


def _leaves(metric: Any, head: Metric, depth: int) -> Iterator[Metric]:
    """A plain metric is one leaf; a template or a data set is as many as it has values, however deep."""
    if depth > MAX_DEPTH:
        raise Undecodable(f"templates within templates, deeper than {MAX_DEPTH}")
    if metric.HasField("template_value"):
        template = metric.template_value
        for inner in template.metrics:
            quality, unit, meaning = _properties(inner)
            leaf = head._replace(
                inner=_joined(head.inner, inner.name), datatype=inner.datatype, at_ms=_time(inner) or head.at_ms,
                historical=head.historical or inner.is_historical, null=inner.is_null,
                quality=head.quality if quality is None else quality, unit=unit, meaning=meaning,
            )  # fmt: skip
            yield from _leaves(inner, leaf, depth + 1)
        for each in template.parameters:
            yield _leaf(each, head._replace(inner=_joined(head.inner, each.name), datatype=each.type))
    elif metric.HasField("dataset_value"):
        yield from _cells(metric.dataset_value, head)
    elif metric.HasField("bytes_value"):
        yield head._replace(field="bytes_value")
    else:
        yield _leaf(metric, head)


def _leaf(message: Any, head: Metric) -> Metric:
    for field in VALUE_FIELDS:
        if message.HasField(field):
            return head._replace(field=field, raw=getattr(message, field))
    return head._replace(null=True)


def _cells(dataset: Any, head: Metric) -> Iterator[Metric]:
    for number, row in enumerate(dataset.rows):
        for column, datatype, cell in zip(dataset.columns, dataset.types, row.elements, strict=False):
            way = _joined(head.inner, f"{number}/{column}")
            yield _leaf(cell, head._replace(inner=way, datatype=datatype))


def _joined(way: str, step: str) -> str:
    return f"{way}/{step}" if way else step


def _time(message: Any) -> int | None:
    at: int = message.timestamp
    return at if 0 < at <= MAX_TIME_MS else None


def _properties(metric: Any) -> tuple[int | None, str, str]:
    """Quality, unit and description, where the metric tells them."""
    if not metric.HasField("properties"):
        return None, "", ""
    found = dict(zip(metric.properties.keys, metric.properties.values, strict=False))
    quality = found.get("Quality")
    unit, meaning = (found.get(key) for key in ("engUnit", "Description"))
    return (
        _quality(quality.int_value or quality.long_value) if quality is not None else None,
        unit.string_value[:20] if unit is not None else "",
        meaning.string_value[:200] if meaning is not None else "",
    )


def _quality(code: int) -> int:
    """Sparkplug's own three (0 bad, 192 good, 500 stale) as the byte that all readings have."""
    if code == 500:
        return 24
    return code if 0 <= code <= 255 else 0
