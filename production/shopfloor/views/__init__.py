"""The screens of the shop floor."""

from production.shopfloor.views.calls import shift_calls
from production.shopfloor.views.floor import board, calls, floor, home, machine
from production.shopfloor.views.papers import document
from production.shopfloor.views.station import here, load, sheets, station, station_part

__all__ = [
    "board",
    "calls",
    "document",
    "floor",
    "here",
    "home",
    "load",
    "machine",
    "sheets",
    "shift_calls",
    "station",
    "station_part",
]
