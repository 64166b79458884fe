"""The general vocabulary of factories: what people and other programs write above a column, by concept and language."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

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


@lru_cache(maxsize=512)
def of_name(name: str) -> Mapping[str, Sequence[str]]:
    """The words of the concept that is called like a field; none where no concept is."""
    return CONCEPTS.get(name, {})
