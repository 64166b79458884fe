"""Reads about downtimes: times, records, reasons, and how they are shown."""

from production.downtime.queries.bands import Band, band, band_of, family_of
from production.downtime.queries.reasons import (
    Choice,
    Group,
    frequent_reasons,
    pickable,
    reason_by_word,
    reason_groups,
)
from production.downtime.queries.records import (
    downtimes_in,
    machines_at_shift_border,
    open_downtime,
    open_downtimes,
    standing,
    stops_to_explain,
)
from production.downtime.queries.timeline import bands_of
from production.downtime.queries.times import intervals_of, local_day, planned_time, shift_at, shifts_at

__all__ = [
    "Band",
    "Choice",
    "Group",
    "band",
    "band_of",
    "bands_of",
    "downtimes_in",
    "family_of",
    "frequent_reasons",
    "intervals_of",
    "local_day",
    "machines_at_shift_border",
    "open_downtime",
    "open_downtimes",
    "pickable",
    "planned_time",
    "reason_by_word",
    "reason_groups",
    "shift_at",
    "shifts_at",
    "standing",
    "stops_to_explain",
]
