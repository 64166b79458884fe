"""The drivers of the edge agent, each in a process of its own."""
