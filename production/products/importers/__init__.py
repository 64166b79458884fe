"""Structures and ways of making of the old system come over: work centres, bills of materials, routings."""

from production.products.importers import boms


def offer() -> None:
    """The kinds of this topic, in the order in which a factory brings them over."""
    boms.offer()
