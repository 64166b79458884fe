"""Questions about buying."""
