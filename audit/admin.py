"""The administration of audit."""

from audit.trail import admin as trail

__all__ = ["trail"]
