"""Which page a thing has, by its kind: apps say so at start, since a reference upwards knows no address."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models

Address = Callable[[int, str], str]
_addresses: dict[str, Address] = {}


def offer_link(kind: str, address: Address) -> None:
    """Say where things of a kind (`app.model` in lower letters) have their page: (id, label) → address."""
    _addresses[kind] = address


def link_to(kind: str, key: int | None, label: str) -> str:
    """The address of a thing; empty where its kind has no page."""
    address = _addresses.get(kind)
    return address(key, label) if address is not None and key is not None else ""


def link_of(thing: models.Model) -> str:
    """The address of a record."""
    return link_to(thing._meta.label_lower, thing.pk, str(thing))


def links_of(about: list[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The things an event is about, as label and address."""
    return [{"label": one["label"], "url": link_to(one["kind"], one["id"], one["label"])} for one in about]
