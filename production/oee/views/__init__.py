"""Pages of time accounts and their figures."""
