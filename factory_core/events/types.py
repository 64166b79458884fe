"""What kinds of things happen. Each app names its own beside the topic; here is only the shape. Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_known: dict[str, "EventType"] = {}


@dataclass(frozen=True)
class EventType:
    """A named happening and the sentence that tells it; names are past tense, `topic.what_happened`.

    The sentence is a format string over the payload and `about`, the labels of the things concerned. `words` says how
    values of a payload field read, which is kept as programs write it.
    """

    name: str
    sentence: Any
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if _known.setdefault(self.name, self) is not self:
            raise ValueError(f"two event types are called {self.name}")


@dataclass(frozen=True)
class EventRecord:
    """An event as a reaction sees it: what, when, by whom, and the payload."""

    id: int
    name: str
    at: datetime
    actor_id: int
    correlation: str
    payload: dict[str, Any]


def sentence_of(name: str, about: list[dict[str, Any]], payload: dict[str, Any]) -> str:
    """The event in one sentence, in the reader's language; an unknown kind is told by its name."""
    kind = _known.get(name)
    if kind is None:
        return name
    read = {key: kind.words.get(key, {}).get(str(value), value) for key, value in payload.items()}
    return str(kind.sentence).format(about=[thing["label"] for thing in about], **read)
