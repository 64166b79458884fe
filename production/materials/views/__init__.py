"""Pages of the material of orders."""
