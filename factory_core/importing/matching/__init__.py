"""Columns find their fields, and cells become values: plain functions, no database, nothing kept between calls."""

from factory_core.importing.matching.columns import Asks, Decision, Said
from factory_core.importing.matching.deciding import answered, decide
from factory_core.importing.matching.problems import value_missing
from factory_core.importing.matching.shapes import Shape, shape_of
from factory_core.importing.matching.suggesting import SURE, Suggestion, Why, guess_kind, suggest
from factory_core.importing.matching.synonyms import words_for
from factory_core.importing.matching.values import Reader, read_value

__all__ = [
    "SURE",
    "Asks",
    "Decision",
    "Reader",
    "Said",
    "Shape",
    "Suggestion",
    "Why",
    "answered",
    "decide",
    "guess_kind",
    "read_value",
    "shape_of",
    "suggest",
    "value_missing",
    "words_for",
]
