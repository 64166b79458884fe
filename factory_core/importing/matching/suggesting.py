"""Which column is which field: by memory, name, synonym, likeness and shape, in that order, and never twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from factory_core.importing.kinds import OLD_ID, Field, FieldType, Kind
from factory_core.importing.matching import likeness
from factory_core.importing.matching.names import header_of, key_of, tight_key_of
from factory_core.importing.matching.shapes import Shape
from factory_core.importing.matching.synonyms import of_field
from factory_core.importing.matching.words import choices_by_word, in_all_languages

# From here on a suggestion is taken without asking.
SURE = 0.8
_DOUBTED = 0.6
# So many columns found their fields: more say no more about the kind.
_MANY = 6
# Words of the general vocabulary come after those that the app wrote down itself.
_GENERAL = 1000
# Below this a likeness is chance and not shown.
_LIKE = 0.6


class Why(StrEnum):
    """What a suggestion rests on."""

    LEARNED = "learned"
    SAME_NAME = "same_name"
    SYNONYM = "synonym"
    SIMILAR = "similar"
    SHAPE = "shape"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One column and the field it may feed. `column` counts from 0; `unit` is what the header says of its unit.

    With `taken` false the person decides; `field` is None where nothing comes near, or where the person once said that
    this header is to be left out (`why` is LEARNED then).
    """

    column: int
    field: str | None
    confidence: float
    why: Why
    taken: bool
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A column's claim on a field. Claims are granted in the order of their sort key."""

    column: int
    field: Field
    confidence: float
    why: Why
    # How far down in the list of the field's words the header was found: usual words first.
    rank: int = 0

    @property
    def order(self) -> tuple[int, float, int, int]:
        return (list(Why).index(self.why), -self.confidence, self.rank, self.column)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a field is called: its own names, and its synonyms with their rank; folded for comparison."""

    field: Field
    # Labels come before names: headers of our own files are labels.
    own: Mapping[str, int]
    ranks: Mapping[str, int]
    # Folded with blanks, for likeness.
    spoken: tuple[str, ...]


def suggest(
    kind: Kind,
    headers: Sequence[str],
    shapes: Sequence[Shape],
    learned: Mapping[str, str] | None = None,
    *,
    looks_further: bool = True,
) -> list[Suggestion]:
    """One suggestion a column, in the columns' order; no field is suggested twice.

    `learned` says which field a header fed before ("" = left out); headers are compared without case and punctuation.
    A header that fits but stands over cells the field cannot read is left for the person. Without `looks_further`
    likeness is not asked for.
    """
    remembered = {key_of(header): field for header, field in (learned or {}).items()}
    known = [_known(field) for field in kind.fields]
    claims: list[_Claim] = []
    left_out = set()
    for column, header in enumerate(headers):
        memory = remembered.get(key_of(header)) if header.strip() else None
        if memory == "":
            left_out.add(column)
            continue
        for each in known:
            claim = _claim(column, header, each, memory)
            if claim is not None:
                claims.append(_doubted(claim, shapes[column] if column < len(shapes) else None))
    granted = _granted(claims)
    if looks_further:
        named = {claim.field.name for claim in granted.values()}
        open_fields = [each for each in known if each.field.name not in named]
        open_columns = [each for each in range(len(headers)) if each not in granted and each not in left_out]
        claims = [
            _doubted(claim, shapes[column] if column < len(shapes) else None)
            for column in open_columns
            for each in open_fields
            if (claim := _alike(column, headers[column], each))
        ]
        granted |= _granted(claims)
    _by_shape(kind, shapes, granted, left_out, len(headers))
    return [_suggestion(column, header, granted.get(column), left_out) for column, header in enumerate(headers)]


def guess_kind(
    kinds: Iterable[Kind], headers: Sequence[str], file_name: str, sheet_name: str
) -> list[tuple[str, float]]:
    """Kinds that these headers may describe, likeliest first; those that fit in nothing are left out.

    Counts how many of the kind's required fields and of the columns find each other, and whether the file or the sheet
    is called like the kind.
    """
    names = [key_of(part) for part in (file_name.rpartition(".")[0] or file_name, sheet_name)]
    scored = []
    for place, kind in enumerate(kinds):
        found = [each for each in suggest(kind, headers, (), looks_further=False) if each.taken]
        fields = {each.field for each in found}
        if OLD_ID in fields and len(missing := [name for name in kind.key if name not in fields]) == 1:
            # Where nothing else gives the key, the old system's number is the key.
            fields.add(missing[0])
        required = [field.name for field in kind.fields if field.required] or list(kind.key)
        called = max(_called(kind, name) for name in names)
        score = (
            0.3 * called
            + 0.25 * sum(name in fields for name in required) / len(required)
            + 0.1 * sum(name in fields for name in kind.key) / max(1, len(kind.key))
            + 0.2 * len(found) / max(1, sum(1 for header in headers if header.strip()))
            + 0.15 * min(1.0, len(found) / _MANY)
        )
        if found or called:
            scored.append((-round(score, 3), place, kind.name))
    return [(name, -score) for score, _place, name in sorted(scored)]


def _called(kind: Kind, name: str) -> float:
    """How much a file or sheet name sounds like the kind."""
    if not name:
        return 0.0
    words = [kind.name, *in_all_languages(kind.label), *(word for each in kind.synonyms.values() for word in each)]
    tokens = set(name.split())
    best = 0.0
    for word in map(key_of, words):
        if word and word.replace(" ", "") == name.replace(" ", ""):
            return 1.0
        if word and set(word.split()) <= tokens:
            best = max(best, 0.8)
    return best


def _known(field: Field) -> _Known:
    own = [*in_all_languages(field.label), field.name]
    synonyms: dict[str, int] = {}
    spoken = dict.fromkeys(key_of(name) for name in own)
    # "Customer: yes" is not the customer: such fields know their own words only.
    has_own = bool(field.synonyms) and field.form in (FieldType.YES_NO, FieldType.CHOICE)
    general = {} if has_own else of_field(field.name, field.synonyms)
    for base, vocabulary in ((0, field.synonyms), (_GENERAL, general)):
        for words in vocabulary.values():
            for rank, word in enumerate(words, start=base):
                key = key_of(word)
                spoken.setdefault(key)
                for form in (key, tight_key_of(word), word.strip().lower()):
                    synonyms[form] = min(rank, synonyms.get(form, rank))
    names: dict[str, int] = {}
    for name in own:
        for form in (key_of(name), tight_key_of(name)):
            names.setdefault(form, 1 if name is own[-1] else 0)
    return _Known(field, names, synonyms, tuple(spoken))


def _claim(column: int, header: str, known: _Known, memory: str | None) -> _Claim | None:
    if not header.strip():
        return None
    field = known.field
    if memory is not None:
        return _Claim(column, field, 1.0, Why.LEARNED) if memory == field.name else None
    said = header_of(header)
    forms = [form for words in (said.all_words, said.words) for form in (key_of(words), tight_key_of(words))]
    whole = header.strip().lower()
    forms.append(whole)
    for place, form in enumerate(forms):
        if form in known.own:
            # Where what stands in brackets was left out it is the same name, but less surely so.
            confidence = 1.0 if place < 2 or form == whole else 0.98
            return _Claim(column, field, confidence, Why.SAME_NAME, known.own[form])
    ranks = [known.ranks[form] for form in forms if form in known.ranks]
    if ranks:
        rank = min(ranks)
        return _Claim(column, field, 0.95 if rank < _GENERAL or not field.synonyms else 0.9, Why.SYNONYM, rank)
    return None


def _alike(column: int, header: str, known: _Known) -> _Claim | None:
    """A claim on a field whose name is like the header."""
    if not header.strip():
        return None
    said = header_of(header)
    score = max(likeness.of(key_of(said.all_words), known.spoken), likeness.of(key_of(said.words), known.spoken))
    return _Claim(column, known.field, score, Why.SIMILAR) if score >= _LIKE else None


def _doubted(claim: _Claim, shape: Shape | None) -> _Claim:
    """A likely claim on cells that the field cannot read becomes a doubtful one."""
    if shape is None or claim.why in (Why.LEARNED, Why.SAME_NAME) or claim.confidence < SURE:
        return claim
    if fits(claim.field, shape) >= 0.5:
        return claim
    return _Claim(claim.column, claim.field, _DOUBTED, Why.SIMILAR, claim.rank)


def fits(field: Field, shape: Shape) -> float:
    """Which share of the filled cells the field can read, by their looks; 1 for an empty column."""
    filled = shape.settled().filled
    if not filled:
        return 1.0
    if field.form in (FieldType.NUMBER, FieldType.WHOLE):
        # Dates are counted: numbers formatted as dates are still numbers.
        return (shape.numeric + (shape.bare_dates if field.form is FieldType.WHOLE else 0)) / filled
    if field.form in (FieldType.DATE, FieldType.MOMENT):
        return min(1.0, (shape.dated + shape.destroyed.times + shape.numeric) / filled)
    if field.form is FieldType.YES_NO:
        return (shape.yes_no + shape.numeric) / filled
    return 1.0


def _granted(claims: Iterable[_Claim]) -> dict[int, _Claim]:
    """Claims by column: the surest first, each field and each column once."""
    granted: dict[int, _Claim] = {}
    fields = set()
    for claim in sorted(claims, key=lambda each: each.order):
        if claim.column not in granted and claim.field.name not in fields:
            granted[claim.column] = claim
            fields.add(claim.field.name)
    return granted


def _by_shape(
    kind: Kind, shapes: Sequence[Shape], granted: dict[int, _Claim], left_out: set[int], columns: int
) -> None:
    """Where one field and one column are left whose cells only it can read, suggest them to each other; never taken."""
    taken = {claim.field.name for claim in granted.values()}
    for field in kind.fields:
        if field.name in taken or field.form not in (FieldType.DATE, FieldType.MOMENT, FieldType.CHOICE):
            continue
        fitting = [
            column
            for column in range(min(columns, len(shapes)))
            if column not in granted and column not in left_out and _looks_like(field, shapes[column])
        ]
        rivals = [
            each for each in kind.fields if each.name not in taken and each.form is field.form and each is not field
        ]
        if len(fitting) == 1 and (field.form is FieldType.CHOICE or not rivals):
            granted[fitting[0]] = _Claim(fitting[0], field, 0.5, Why.SHAPE)
            taken.add(field.name)


def _looks_like(field: Field, shape: Shape) -> bool:
    filled = shape.settled().filled
    if not filled:
        return False
    if field.form is FieldType.CHOICE:
        words = choices_by_word(field.choices, field.words)
        texts = [text for text in shape.form_of if not text.isdigit()]
        return bool(texts) and shape.distinct <= 50 and all(key_of(text) in words for text in texts)
    return shape.dated + shape.destroyed.times >= 0.9 * filled


def _suggestion(column: int, header: str, claim: _Claim | None, left_out: set[int]) -> Suggestion:
    unit = header_of(header).unit
    if column in left_out:
        return Suggestion(column, None, 1.0, Why.LEARNED, taken=True, unit=unit)
    if claim is None:
        return Suggestion(column, None, 0.0, Why.NONE, taken=False, unit=unit)
    confidence = round(claim.confidence, 2)
    return Suggestion(column, claim.field.name, confidence, claim.why, confidence >= SURE, unit)
