"""When a node may be asked for its births: seldom per node, and never all nodes at once."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 300.0
# Between requests to different nodes: fifty nodes take more than five seconds.
GAP_S = (0.12, 0.18)


@dataclass(slots=True)
class Throttle:
    """One node's requests: the pause doubles from 10 s to 5 min, and begins anew after a quiet time."""

    pause_s: float = 0.0
    not_before_s: float = 0.0

    def wanted(self, at_s: float) -> None:
        """A need came up; one that comes long after the last request begins with the short pause again."""
        if at_s > self.not_before_s + max(2 * self.pause_s, 60.0):
            self.pause_s = 0.0

    def may(self, at_s: float) -> bool:
        """Whether the node may be asked now."""
        return at_s >= self.not_before_s

    def asked(self, at_s: float) -> None:
        """The node was asked."""
        self.pause_s = min(max(self.pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        self.not_before_s = at_s + self.pause_s


@dataclass(slots=True)
class Pace:
    """All nodes' requests in one line, with a small random gap between two."""

    chance: random.Random = field(default_factory=random.Random)
    _free_at_s: float = 0.0

    def take(self, at_s: float) -> bool:
        """Whether a request may leave now; then the next one waits."""
        if at_s < self._free_at_s:
            return False
        self._free_at_s = at_s + self.chance.uniform(*GAP_S)
        return True
