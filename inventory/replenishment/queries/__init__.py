"""What the rules look at, what they make of it, and what they suggested."""

from inventory.replenishment.queries.figures import Seen, figures_of, seen_at
from inventory.replenishment.queries.listing import (
    NoSuchRule,
    NoSuchSuggestion,
    rule_or_missing,
    rules_found,
    sites_to_refill,
    suggestion_or_missing,
    suggestions_found,
)
from inventory.replenishment.queries.looking import Looked, look, trouble_of

__all__ = [
    "Looked", "NoSuchRule", "NoSuchSuggestion", "Seen", "figures_of", "look", "rule_or_missing", "rules_found",
    "seen_at", "sites_to_refill", "suggestion_or_missing", "suggestions_found", "trouble_of",
]  # fmt: skip
