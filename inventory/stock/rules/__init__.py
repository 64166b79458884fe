"""Plain rules of stock."""
