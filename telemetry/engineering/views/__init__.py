"""The engineer's pages: gateways, their devices, what is in them, which values are collected, and what these mean."""
