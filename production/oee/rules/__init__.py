"""The time account and its figures. Plain Python."""
