"""Pages of imports: the list, and the five steps of a file."""
