"""What the screens of the shop floor show."""
