"""From metrics to samples: births as tables, times put right, nulls, staleness."""

from collections.abc import Iterable
from typing import Final

from telemetry.sparkplug.rules.codec import BD_SEQ, Metric
from telemetry.sparkplug.rules.tables import Known, Sample, Source
from telemetry.sparkplug.rules.values import NeedsType, NotAValue, value_of
from telemetry.wire import Quality, Value

# A node's clock this far ahead of ours is right.
AHEAD_MS: Final = 2_000
_LONGEST_SHOWN: Final = 100


def is_control(name: str) -> bool:
    """What node and host tell each other, not what a machine says."""
    return name == BD_SEQ or name.startswith(("Node Control/", "Device Control/"))


def source_of(metrics: Iterable[Metric]) -> Source:
    """A birth as a table of what is there."""
    source = Source(online=True, metrics={}, wholes={})
    for metric in metrics:
        if not metric.name or is_control(metric.name):
            continue
        if metric.inner and metric.alias is not None:
            source.wholes[metric.name] = metric.alias
        name = f"{metric.name}/{metric.inner}" if metric.inner else metric.name
        source.metrics[name] = Known(
            metric.datatype, None if metric.inner else metric.alias, metric.unit, metric.meaning, _shown(metric)
        )
    return source


def shift(sent_ms: int | None, arrived_ms: int, present: int) -> int:
    """What is added to the times of a node whose clock runs ahead, in ms; 0 for all others.

    A clock that lags is left alone: the message may have been long on its way. A shift that still fits is kept, so
    that a value told again keeps its time.
    """
    if sent_ms is None:
        return present
    skew = arrived_ms - sent_ms
    if skew >= -AHEAD_MS:
        return 0
    return present if abs(skew - present) <= AHEAD_MS else skew


def sample_of(
    device: str, name: str, metric: Metric, datatype: int, sent_ms: int | None, at_us: int, shift_ms: int
) -> Sample:
    """A metric's value. Raises NeedsType and NotAValue."""
    at = _when(metric, sent_ms, at_us, shift_ms)
    quality = Quality.GOOD if metric.quality is None else metric.quality
    if metric.null:
        quality = quality if quality == Quality.NO_COMMUNICATION else Quality.BAD
        return Sample(device, name, at, None, int(quality), metric.historical)
    value = value_of(metric.field, metric.raw, datatype)
    if shift_ms and quality >= Quality.GOOD:
        quality = Quality.UNCERTAIN
    return Sample(device, name, at, value, int(quality), metric.historical)


def refused(device: str, name: str, metric: Metric, sent_ms: int | None, at_us: int, shift_ms: int) -> Sample:
    """What came is nothing its datatype can be: the reading says so instead of guessing."""
    at = _when(metric, sent_ms, at_us, shift_ms)
    return Sample(device, name, at, None, int(Quality.CONFIGURATION_ERROR), metric.historical)


def stale(device: str, names: Iterable[str], at_us: int) -> list[Sample]:
    """The end of values: nobody speaks for them any more."""
    return [Sample(device, name, at_us, None, int(Quality.NO_COMMUNICATION)) for name in names]


def _when(metric: Metric, sent_ms: int | None, at_us: int, shift_ms: int) -> int:
    ms = metric.at_ms if metric.at_ms is not None else sent_ms
    return at_us if ms is None else (ms + shift_ms) * 1000


def _shown(metric: Metric) -> Value:
    try:
        value = None if metric.null else value_of(metric.field, metric.raw, metric.datatype)
    except (NeedsType, NotAValue):
        return None
    return value[:_LONGEST_SHOWN] if isinstance(value, str) else value
