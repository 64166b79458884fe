"""The demo plant: a small works with two lines, eight simulated machines and people of every role.

Loaded once, on the first start of a plant that is marked DEMO; nothing of it is ever mixed into a real plant.
"""
