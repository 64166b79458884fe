"""Pages of reports, of Today and of wall displays."""
