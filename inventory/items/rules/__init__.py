"""What holds of items, in plain Python: GS1 element strings, units, prices."""
