"""The story of a thing on its page: what happened to it as sentences in order, with links to the others concerned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from factory_core.events.queries import story_of
from factory_core.people.models import User
from factory_core.web.links import links_of

LONGEST = 50


@dataclass(frozen=True)
class Told:
    """One happening: when, by whom, the sentence, and the other things concerned."""

    at: datetime
    who: str
    sentence: str
    links: list[dict[str, str]]


def story_for(reader: User, thing: Model, limit: int = LONGEST) -> dict[str, Any]:
    """Context of `parts/story.html`: the newest happenings of a thing the reader was shown, in two queries at most."""
    kind, key = thing._meta.label_lower, thing.pk
    events = list(story_of(reader, thing)[: limit + 1])
    return {
        "story": [
            Told(
                event.at,
                event.actor.name,
                event.sentence,
                [
                    link
                    for link in links_of([one for one in event.about if (one["kind"], one["id"]) != (kind, key)])
                    if link["url"]
                ],
            )
            for event in events[:limit]
        ],
        "story_is_longer": len(events) > limit,
    }
