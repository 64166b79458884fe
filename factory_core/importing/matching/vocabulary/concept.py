"""How a concept's words are written down: those of one language in one text, the usual first, parted by "|"."""

Words = dict[str, tuple[str, ...]]


def words(*, en: str, de: str, es: str, fr: str, pl: str, systems: str = "") -> Words:
    """Header words of one concept by language; `systems` are column names of other programs."""
    by_language = {"systems": systems, "en": en, "de": de, "es": es, "fr": fr, "pl": pl}
    return {language: tuple(text.split("|")) for language, text in by_language.items() if text}
