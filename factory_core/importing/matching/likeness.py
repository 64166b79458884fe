"""How alike two headers are: slips of the pen and another order of words count little, another word counts all."""

from collections.abc import Iterable

from rapidfuzz import fuzz

# Words of one group tell apart what is otherwise written alike: the least from the most, the start from the end.
_APART: dict[str, int] = {
    word: number
    for number, group in enumerate(
        (
            "minimum maximum",
            "start end first last begin finish",
            "from to until",
            "gross net",
            "planned actual",
            "parent child component",
            "supplier vendor customer custom client manufacturer partner",
            "ordered received rejected stocked scrapped shipped delivered open required requested confirmed",
            "upper lower nominal",
            "due order ship receipt start end",
            "setup run machine labour labor",
            "width height length weight",
            "list standard unit",
            "city country county",
        )
    )
    for word in group.split()
}
_FILLERS = frozenset(
    (
        *(
            "of",
            "in",
            "per",
            "the",
            "for",
            "a",
            "an",
            "de",
            "del",
            "la",
            "el",
            "los",
            "las",
            "der",
            "die",
            "das",
            "des",
        ),
        *("den", "le", "les", "du", "d", "l", "je", "pro", "na", "do", "w", "z", "et", "und", "y", "and"),
    )
)
# Words that many headers have: to share them says nothing.
_COMMON = frozenset(
    (
        *("date", "number", "code", "id", "name", "quantity", "type", "value", "time", "total", "unit", "description"),
        *(
            "datum",
            "menge",
            "name",
            "fecha",
            "cantidad",
            "codigo",
            "nombre",
            "numero",
            "tipo",
            "quantite",
            "nom",
            "data",
        ),
        *("ilosc", "kod", "nazwa", "typ", "text", "flag"),
    )
)
# Below this length one letter is another word: bin and pin, lot and slot.
_SHORTEST = 5
# Up to this length a word of another language may look like a slip: state and estante.
_SURE_LENGTH, _SURE_SHORT = 8, 0.86
# A likeness is never as sure as a synonym.
_MOST, _UNSURE = 0.94, 0.79


def of(header: str, names: Iterable[str]) -> float:
    """The best likeness of a folded header to any of these folded names, 0 to 1."""
    return max((_pair(header, name) for name in names), default=0.0)


def _pair(header: str, name: str) -> float:
    if min(len(header), len(name)) < _SHORTEST:
        return 0.0
    mine, theirs = header.split(), name.split()
    extra_mine = [word for word in mine if word not in theirs and word not in _FILLERS]
    extra_theirs = [word for word in theirs if word not in mine and word not in _FILLERS]
    groups = {_APART[word] for word in extra_mine if word in _APART}
    if groups & {_APART[word] for word in extra_theirs if word in _APART}:
        return 0.0
    score = max(fuzz.ratio(header, name), fuzz.token_sort_ratio(header, name)) / 100
    if _same_but_for_slips(extra_mine, extra_theirs):
        is_sure = min(len(header), len(name)) >= _SURE_LENGTH or score >= _SURE_SHORT
        return min(score, _MOST if is_sure else _UNSURE)
    common = [word for word in mine if word in theirs and word not in _FILLERS and word not in _COMMON]
    if not common:
        return 0.0
    if not extra_theirs:
        # The header says all of the name and more: "cost pp" may be the cost.
        score = max(score, 0.6)
    return min(score, _UNSURE)


def _same_but_for_slips(mine: list[str], theirs: list[str]) -> bool:
    """True where every word that differs is another word written wrongly."""
    if len(mine) != len(theirs):
        # "Partnumer" beside "part number": one word where there are two.
        return bool(mine and theirs) and fuzz.ratio("".join(mine), "".join(theirs)) >= 85
    return all(max(fuzz.ratio(word, other) for other in theirs) >= 75 for word in mine)
