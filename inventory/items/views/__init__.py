"""Pages of items: the list, one item, its form, and what belongs to it."""
