"""How material of orders is linked."""

from urllib.parse import quote


def material_link(key: int, label: str) -> str:
    """The material page of the order that a label names first: `PO-000017 · B-100`."""
    return f"/orders/{quote(label.split(' · ')[0], safe='')}/material/"
