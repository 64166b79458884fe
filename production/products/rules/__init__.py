"""Structures of products as plain numbers: exploding, searching upwards, rings, comparing."""
