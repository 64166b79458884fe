"""The general vocabulary of factories: what people and other programs write above a column, by concept and language."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from factory_core.importing.matching.names import key_of
from factory_core.importing.matching.vocabulary.concept import Words
from factory_core.importing.matching.vocabulary.goods import GOODS
from factory_core.importing.matching.vocabulary.making import MAKING
from factory_core.importing.matching.vocabulary.stock import STOCK
from factory_core.importing.matching.vocabulary.trade import TRADE

CONCEPTS: Mapping[str, Words] = {**GOODS, **STOCK, **TRADE, **MAKING}
LANGUAGES = ("en", "de", "es", "fr", "pl")


def words_for(*concepts: str, **more: str) -> dict[str, Sequence[str]]:
    """Header words by language for a field that means these concepts; words of the first come first.

    `more` adds words of one language before all others: words_for("due_on", de="Wunschtermin|KW"). Raises KeyError for
    a concept that nobody wrote down.
    """
    found: dict[str, list[str]] = {}
    for language, text in more.items():
        found.setdefault(language, []).extend(text.split("|"))
    for concept in concepts:
        for language, each in CONCEPTS[concept].items():
            found.setdefault(language, []).extend(each)
    return {language: tuple(dict.fromkeys(each)) for language, each in found.items()}


def of_field(name: str, own: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """The words of the concept that a field means: the one of its name, or the one that most of its own words are of.

    An app that writes down a few words of its own gets the others with them.
    """
    if not own:
        return CONCEPTS.get(name, {})
    keys = frozenset(key_of(word) for words in own.values() for word in words) | {key_of(name)}
    return CONCEPTS.get(_meant(keys), {})


@lru_cache(maxsize=2048)
def _meant(keys: frozenset[str]) -> str:
    """The concept that at least half of these words are of; of several the one with most, "" for none."""
    found = Counter(concept for key in keys for concept in _concepts_of().get(key, ()))
    best = min(found, key=lambda concept: (-found[concept], concept), default="")
    return best if found[best] >= max(2, len(keys) / 2) else ""


@lru_cache(maxsize=1)
def _concepts_of() -> Mapping[str, frozenset[str]]:
    """Concepts by each of their words."""
    found: dict[str, set[str]] = {}
    for concept, words in CONCEPTS.items():
        for word in (word for each in words.values() for word in each):
            found.setdefault(key_of(word), set()).add(concept)
    return {key: frozenset(concepts) for key, concepts in found.items()}
