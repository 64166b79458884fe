"""Reading time accounts."""
