"""Plain rules of the shop floor: when a check is due, whether a result is in order, who hears of a call."""
