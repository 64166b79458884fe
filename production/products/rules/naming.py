"""Items that are variants of one model are called by it: "Frame - Red, 62" is of the model "Frame"."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key")
_PARTING = (" - ", ", ", " – ")


def of_models(models: Iterable[str], names: Iterable[tuple[Key, str]]) -> Mapping[str, Sequence[Key]]:
    """For each model, in capitals, the items called so, or so and then " - " or ", " and what tells them apart."""
    wanted = {model.upper() for model in models}
    found: dict[str, list[Key]] = defaultdict(list)
    for key, name in names:
        upper = name.upper()
        cuts = {upper, *(upper[:at] for at in _cuts(upper))}
        for model in cuts & wanted:
            found[model].append(key)
    return found


def _cuts(name: str) -> Iterable[int]:
    for mark in _PARTING:
        at = name.find(mark)
        while at > 0:
            yield at
            at = name.find(mark, at + 1)
