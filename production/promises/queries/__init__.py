"""What is asked about promises."""

from production.promises.queries.picture import picture_of

__all__ = ["picture_of"]
