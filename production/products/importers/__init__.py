"""Structures and ways of making of the old system come over: bills of materials and routings."""

from production.products.importers import boms, routings


def offer() -> None:
    """The kinds of this topic, in the order in which a factory brings them over."""
    boms.offer()
    routings.offer()
