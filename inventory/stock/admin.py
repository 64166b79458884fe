"""This room in the administration."""
