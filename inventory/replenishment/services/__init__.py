"""Set rules, let them look, and turn what they suggest into orders."""

from inventory.replenishment.services.covering import end_suggestions, hold_suggestions
from inventory.replenishment.services.running import Run, suggest
from inventory.replenishment.services.setting import BadRule, set_rule
from inventory.replenishment.services.taking import AlreadyTaken, NoSupplier, SuggestionOver, dismiss, take

__all__ = [
    "AlreadyTaken", "BadRule", "NoSupplier", "Run", "SuggestionOver", "dismiss", "end_suggestions", "hold_suggestions",
    "set_rule", "suggest", "take",
]  # fmt: skip
