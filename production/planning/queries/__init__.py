"""What planning asks."""
