"""Acts on labels: designing templates, printing."""
