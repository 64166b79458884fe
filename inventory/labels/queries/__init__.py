"""Questions about labels: templates, prints, and what a label says of a thing."""
