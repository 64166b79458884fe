"""Pages of production orders."""
