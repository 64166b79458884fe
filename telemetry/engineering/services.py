"""What a machine's words mean: the first state rule, made from what the engineer says of each word."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.errors import Invalid
from factory_core.people.models import User
from factory_core.plant.models import Machine
from telemetry.states.models import StateRule
from telemetry.states.services.rules import set_state_rule


class NothingMapped(Invalid):
    """No word was given a state."""

    code = "nothing_mapped"


def map_words(
    *,
    actor: User,
    machine: Machine,
    tag: str,
    words: Mapping[str, str],
    otherwise: str,
    counts: Mapping[str, str],
    at: datetime,
) -> StateRule:
    """Let the words of a tag (its numbers, or 0 and 1 of a signal) decide the machine's state from now on.

    `words`: word → machine state; `counts`: counter tag → what it counts ("pieces" or "scrap").
    Raises NothingMapped, UnusableRule, RuleAlreadyThere, Forbidden.
    """
    meant = {word.strip(): state for word, state in words.items() if word.strip() and state}
    if not meant:
        raise NothingMapped(_("Say of at least one word what it means."))
    definition: dict[str, Any] = {
        "sources": [{"kind": "words", "tag": tag, "words": meant, "otherwise": otherwise}],
        "counters": [{"tag": name, "counts": counted} for name, counted in counts.items() if counted],
    }
    return set_state_rule(actor=actor, machine=machine, definition=definition, valid_from=at, at=at)
