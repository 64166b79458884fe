"""What reports are made of, and which were made."""
