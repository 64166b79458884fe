"""Columns find their fields, and cells become values: plain functions, no database, nothing kept between calls."""

from factory_core.importing.matching.columns import Asks, Decision, Said
from factory_core.importing.matching.deciding import answered, decide
from factory_core.importing.matching.problems import value_missing
from factory_core.importing.matching.shapes import Shape, shape_of
from factory_core.importing.matching.values import Reader, read_value

__all__ = [
    "Asks",
    "Decision",
    "Reader",
    "Said",
    "Shape",
    "answered",
    "decide",
    "read_value",
    "shape_of",
    "value_missing",
]
