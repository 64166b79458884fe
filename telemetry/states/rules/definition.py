"""What a state rule may say: a small JSON document, checked with a sentence for every mistake."""

import math
from typing import Any, Final, Literal

import msgspec

from telemetry.states.states import MachineState

SCHEMA: Final = "millwright.state_rule/1"
SECOND: Final = 1_000_000

# MTConnect EXECUTION (08-telemetry 5.7). PROGRAM_OPTIONAL_STOP is the name of 1.3.
EXECUTION_WORDS: Final[dict[str, MachineState]] = {
    "ACTIVE": MachineState.PRODUCING,
    "READY": MachineState.IDLE,
    "WAIT": MachineState.IDLE,
    "PROGRAM_COMPLETED": MachineState.IDLE,
    "STOPPED": MachineState.STOPPED,
    "INTERRUPTED": MachineState.STOPPED,
    "FEED_HOLD": MachineState.STOPPED,
    "PROGRAM_STOPPED": MachineState.STOPPED,
    "OPTIONAL_STOP": MachineState.STOPPED,
    "PROGRAM_OPTIONAL_STOP": MachineState.STOPPED,
    "UNAVAILABLE": MachineState.NO_DATA,
}


CURRENT_WORDS: Final = ("run", "idle", "off")
COUNTER_WORDS: Final = ("counting", "quiet")


class RuleMistake(ValueError):
    """A rule definition that cannot be used; ``sentences`` names every mistake found."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        super().__init__(" ".join(sentences))


class Words(
    msgspec.Struct,
    tag="words",
    tag_field="kind",
    forbid_unknown_fields=True,
    frozen=True,
):
    """A tag that names what the machine does.

    ``words`` maps a word to a state (case does not matter; left out: the MTConnect EXECUTION table).
    ``otherwise`` is the state for a word that is not in the table; null means "this source then
    has no opinion", which is how a mode tag speaks up for MANUAL only.
    ``stale_after_s`` null means the tag speaks on change only and its last word holds.
    ``for_s`` is the debounce: a new word counts once it held that long, and then from its beginning.
    """

    tag: str
    words: dict[str, MachineState] | None = None
    otherwise: MachineState | None = MachineState.STOPPED
    stale_after_s: float | None = None
    for_s: float = 0.0


class Bit(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One bit that means a state while it equals ``when``; ``word`` is shown (default: the tag)."""

    tag: str
    state: MachineState
    when: bool = True
    word: str = ""


class Bits(
    msgspec.Struct,
    tag="bits",
    tag_field="kind",
    forbid_unknown_fields=True,
    frozen=True,
):
    """Bits of one device, the most important first; ``otherwise`` holds while none of them speaks.

    ``for_s`` is the debounce, as for words.
    """

    bits: list[Bit]
    otherwise: MachineState | None = MachineState.IDLE
    stale_after_s: float | None = None
    for_s: float = 0.0


class Current(
    msgspec.Struct,
    tag="current",
    tag_field="kind",
    forbid_unknown_fields=True,
    frozen=True,
):
    """A motor current (or power): two thresholds with a band between them, so noise changes nothing.

    A class counts only after readings prove it for ``…_for_s``; its interval then begins where
    the proof began. In the band the machine stays what it was.
    ``median``: each reading counts as the median of itself and those before it, this many in all;
    3 takes out single spikes, 5 double ones. What was received stays stored as it came.
    """

    tag: str
    run_above: float = 3.0
    run_for_s: float = 2.0
    idle_below: float = 2.0
    idle_for_s: float = 5.0
    off_below: float = 0.2
    off_for_s: float = 5.0
    stale_after_s: float = 10.0
    median: Literal[1, 3, 5] = 1


class Counter(
    msgspec.Struct,
    tag="counter",
    tag_field="kind",
    forbid_unknown_fields=True,
    frozen=True,
):
    """Pulses: the machine produces while counts arrive within ``k`` cycles of each other.

    A count proves the cycle before it; when counts stay away the machine has been quiet since the
    last one.
    """

    tag: str
    cycle_s: float
    k: float = 3.0
    otherwise: MachineState = MachineState.IDLE
    stale_after_s: float | None = None


class Counted(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A cumulative counter whose steps are kept.

    ``modulus``: the value after which the register starts again at 0. ``max_per_s``: more than
    this cannot be true. ``glitch_s``: a drop to zero that ends this soon at the old level never
    happened. ``counts``: what is counted; only "pieces" are pieces.
    """

    tag: str
    modulus: float | None = None
    max_per_s: float | None = None
    glitch_s: float = 10.0
    counts: str = "pieces"


Source = Words | Bits | Current | Counter


class Definition(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A whole rule: the first source that knows a state decides, and the counters to follow."""

    sources: list[Source]
    counters: list[Counted] = []
    schema: str = SCHEMA


def read_definition(document: dict[str, Any] | str | bytes) -> Definition:
    """The rule in ``document`` (JSON text or its decoded form). Raises RuleMistake."""
    try:
        if isinstance(document, (str, bytes)):
            definition = msgspec.json.decode(document, type=Definition)
        else:
            definition = msgspec.convert(document, Definition)
    except msgspec.ValidationError as mistake:
        raise RuleMistake([f"The state rule does not have the expected form: {mistake}."]) from mistake
    except msgspec.DecodeError as mistake:
        raise RuleMistake([f"The state rule is not JSON: {mistake}."]) from mistake
    sentences = _mistakes(definition)
    if sentences:
        raise RuleMistake(sentences)
    return definition


def tags_of(definition: Definition) -> list[str]:
    """Every tag the rule listens to, each once, in the order of mention."""
    names: dict[str, None] = {}
    for source in definition.sources:
        if isinstance(source, Bits):
            names.update((bit.tag, None) for bit in source.bits)
        else:
            names[source.tag] = None
    names.update((counted.tag, None) for counted in definition.counters)
    return list(names)


def known_words(definition: Definition) -> frozenset[str]:
    """Every word the rule itself can explain; what else appears in a time line, nobody has told it about."""
    known: set[str] = set()
    for source in definition.sources:
        if isinstance(source, Words):
            table = EXECUTION_WORDS if source.words is None else source.words
            known.update(word.strip().upper() for word in table)
        elif isinstance(source, Bits):
            known.update((bit.word or bit.tag).strip() for bit in source.bits)
        else:
            known.update(CURRENT_WORDS if isinstance(source, Current) else COUNTER_WORDS)
    return frozenset(known)


def _mistakes(definition: Definition) -> list[str]:
    found: list[str] = []
    if definition.schema != SCHEMA:
        found.append(f'The rule says schema "{definition.schema}"; this version reads "{SCHEMA}".')
    if not definition.sources and not definition.counters:
        found.append("The rule names no source and no counter; name at least one.")
    for number, source in enumerate(definition.sources, start=1):
        found.extend(f"Source {number}: {sentence}" for sentence in _source_mistakes(source))
    for counted in definition.counters:
        found.extend(f'Counter "{counted.tag}": {sentence}' for sentence in _counted_mistakes(counted))
    names = [counted.tag for counted in definition.counters]
    found.extend(f'Counter "{name}" is named twice.' for name in sorted({n for n in names if names.count(n) > 1}))
    return found


def _source_mistakes(source: Source) -> list[str]:
    found = _positive("stale_after_s", source.stale_after_s)
    if isinstance(source, Words | Bits):
        found.extend(_not_negative("for_s", source.for_s))
    if isinstance(source, Bits):
        if not source.bits:
            found.append("bits is empty; name at least one bit.")
        if any(not bit.tag.strip() for bit in source.bits):
            found.append("a bit has no tag; give the tag's name.")
        return found
    if not source.tag.strip():
        found.append("tag is empty; give the tag's name.")
    if isinstance(source, Words):
        found.extend(_word_mistakes(source))
    elif isinstance(source, Current):
        found.extend(_current_mistakes(source))
    else:
        found.extend(_positive("cycle_s", source.cycle_s))
        if not (source.k >= 1 and math.isfinite(source.k)):
            found.append(f"k is {source.k:g}; it must be at least 1 cycle.")
    return found


def _word_mistakes(source: Words) -> list[str]:
    if source.words is None:
        return []
    if not source.words:
        return ["words is empty; leave it out for the MTConnect table or name at least one word."]
    seen: dict[str, MachineState] = {}
    found = []
    for word, state in source.words.items():
        capital = word.strip().upper()
        if not capital:
            found.append("words has an empty word.")
        elif seen.get(capital, state) != state:
            found.append(f'the word "{capital}" stands for two states; case does not make a difference.')
        seen[capital] = state
    return found


def _current_mistakes(source: Current) -> list[str]:
    found = []
    levels = (source.off_below, source.idle_below, source.run_above)
    if not all(map(math.isfinite, levels)) or not levels[0] <= levels[1] <= levels[2]:
        found.append(
            f"off_below {levels[0]:g}, idle_below {levels[1]:g} and run_above {levels[2]:g} must rise in this order."
        )
    for name in ("run_for_s", "idle_for_s", "off_for_s"):
        found.extend(_not_negative(name, getattr(source, name)))
    return found


def _counted_mistakes(counted: Counted) -> list[str]:
    found = [] if counted.tag.strip() else ["tag is empty; give the tag's name."]
    found.extend(_positive("modulus", counted.modulus))
    found.extend(_positive("max_per_s", counted.max_per_s))
    found.extend(_not_negative("glitch_s", counted.glitch_s))
    return found


def _not_negative(name: str, seconds: float) -> list[str]:
    if math.isfinite(seconds) and seconds >= 0:
        return []
    return [f"{name} is {seconds:g}; it must be 0 or more seconds."]


def _positive(name: str, value: float | None) -> list[str]:
    if value is None or (math.isfinite(value) and value > 0):
        return []
    return [f"{name} is {value:g}; it must be more than 0."]


def microseconds(seconds: float | None) -> int:
    """Seconds as whole microseconds; "never" (null) as a time beyond all others."""
    return FOREVER if seconds is None else round(seconds * SECOND)


FOREVER: Final = 1 << 62
