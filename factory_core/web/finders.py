"""One field finds everything: apps say at start how a typed or scanned text leads to their things."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from factory_core.people.models import User

MOST_FOUND = 8


@dataclass(frozen=True)
class Found:
    """A thing one may see: what it is, how it is called, and its page. `exact`: the text is its very code."""

    kind: Any
    title: str
    detail: str
    url: str
    exact: bool = False


Finder = Callable[[User, str], list[Found]]
_finders: list[tuple[str, Finder]] = []


def offer_finder(capability: str, finder: Finder) -> None:
    """Add a way of finding (called when an app starts). It gets people who hold the capability only, and answers with
    at most MOST_FOUND things they may see."""
    if (capability, finder) not in _finders:
        _finders.append((capability, finder))


def finders() -> list[tuple[str, Finder]]:
    """Every way of finding, with the capability it asks for."""
    return list(_finders)
