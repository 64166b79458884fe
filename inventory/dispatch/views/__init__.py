"""Pages of dispatching."""
