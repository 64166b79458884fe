"""Words that stand for values: nothing, yes, no, and the names of choices, in the languages of our plants."""

from collections.abc import Mapping
from typing import Any

from django.utils import translation

from factory_core.importing.files.words import NOTHING
from factory_core.importing.matching.names import key_of

# What the reader of files names to the person as a word for nothing is one here too.
_NOTHING = NOTHING | frozenset(
    (
        *("#null!", "n.a.", "nan", "--", "---", "–", "—", "\\n", "<null>"),
        *("(blank)", "(empty)", "k.a.", "k. a.", "(leer)", "s/d", "n/d", "n.d.", "b.d."),
    )
)
_YES = frozenset(
    (
        *("yes", "y", "true", "1", "x", "✓", "✔", "☑", "on", "ja", "j", "wahr"),
        *("sí", "si", "s", "verdadero", "oui", "vrai", "tak", "t", "prawda"),
    )
)
_NO = frozenset(
    ("no", "n", "false", "0", "✗", "☐", "off", "nein", "falsch", "falso", "non", "faux", "nie", "fałsz", "f")
)
# Languages in which the product's own labels are understood whoever looks at them.
_LANGUAGES = ("en", "de")


def means_nothing(text: str) -> bool:
    """True for "NULL", "n/a", "-" and their like: a word written where nothing is."""
    return len(text) < 10 and text.lower() in _NOTHING


def yes_or_no(text: str) -> bool | None:
    """True, False, or None where the word is neither."""
    if len(text) > 9:
        return None
    lower = text.lower()
    return True if lower in _YES else False if lower in _NO else None


def in_all_languages(text: object) -> list[str]:
    """A label as it reads in each language of the product; a plain text reads the same in all."""
    if isinstance(text, str):
        return [text]
    found = []
    for language in _LANGUAGES:
        with translation.override(language):
            found.append(str(text))
    return found


def choices_by_word(choices: Mapping[Any, Any], more: Mapping[str, str]) -> dict[str, str]:
    """Every word for a choice → its value: the value, its label in each language, then what others say."""
    by_word: dict[str, str] = {}
    for value, label in choices.items():
        for word in (str(value), *in_all_languages(label)):
            by_word.setdefault(key_of(word), str(value))
    for word, value in more.items():
        by_word.setdefault(key_of(word), value)
    return by_word


def labels_of(choices: Mapping[Any, Any]) -> list[str]:
    """What a person may write, in the language of the one who looks."""
    return [str(label) for label in choices.values()]
