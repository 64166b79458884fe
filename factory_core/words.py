"""Enumerations as the columns and the constraints of tables."""

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q


def choices_of(words: type[StrEnum]) -> list[tuple[str, str]]:
    """The words of an enumeration as Django's choices."""
    return [(word.value, word.value) for word in words]


def word_field(label: Any, words: type[StrEnum], **more: Any) -> "models.CharField[str, str]":
    """A column that holds one word of an enumeration."""
    longest = max(len(word) for word in words)
    return models.CharField(label, max_length=max(longest, 12), choices=choices_of(words), **more)


def known_word(column: str, words: type[StrEnum], name: str) -> models.CheckConstraint:
    """The database refuses a word the enumeration does not have."""
    return models.CheckConstraint(condition=Q(**{f"{column}__in": [word.value for word in words]}), name=name)
