"""Pages of labels: printing, what was printed, and designing."""
