"""Set rules, let them look, and turn what they suggest into orders."""

from inventory.replenishment.services.running import Run, suggest
from inventory.replenishment.services.setting import BadRule, set_rule
from inventory.replenishment.services.taking import AlreadyTaken, NoSupplier, SuggestionOver, dismiss, take

__all__ = [
    "AlreadyTaken", "BadRule", "NoSupplier", "Run", "SuggestionOver", "dismiss", "set_rule", "suggest", "take",
]  # fmt: skip
