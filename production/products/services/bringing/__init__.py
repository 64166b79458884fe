"""Structures of the old system come over: many at a time, by the rules that hold for each one."""
