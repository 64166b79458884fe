"""What dispatch knows."""
