"""What a Sparkplug B host knows and decides: bytes, names, states of nodes, when to ask for births. Plain Python."""
