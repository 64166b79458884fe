"""Rules ready made for the vocabularies of the standards: name the tags, get a definition.

The numbers of the state lists are those of the published node sets and specifications:
PackTags and OPC 30050 (PackML) number Clearing 1 … Complete 17, OPC 30050 adds Running 18 and Cleared 19;
OPC 30060 (11.9, StateEnumeration) numbers Stopped 0 … Unholding 16; OPC 40001-1 numbers the item states
NotAvailable 0 … Executing 3 and the operation modes None 0 … Processing 3; OPC 40501-1 (machine tools, umati) numbers
the program states Initializing 0 … Aborted 4 and the operation modes Manual 0 … Other 5.
Which machine state each stands for is the table of 08-telemetry 5.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from telemetry.states.rules.definition import EXECUTION_WORDS, Definition, read_definition
from telemetry.states.states import MachineState as S

Words = Mapping[str, S]

PACKML_NAMES: Final[Words] = {
    "EXECUTE": S.PRODUCING,
    "STARTING": S.PRODUCING,
    "COMPLETING": S.PRODUCING,
    "IDLE": S.IDLE,
    "RESETTING": S.IDLE,
    "COMPLETE": S.IDLE,
    # Suspended: waits for something outside; which side, the machine does not say.
    "SUSPENDED": S.STARVED,
    "SUSPENDING": S.STARVED,
    "UNSUSPENDING": S.STARVED,
    "STOPPED": S.STOPPED,
    "STOPPING": S.STOPPED,
    # Held: stands for a reason of its own.
    "HELD": S.STOPPED,
    "HOLDING": S.STOPPED,
    "UNHOLDING": S.STOPPED,
    "ABORTING": S.FAULT,
    "ABORTED": S.FAULT,
    "CLEARING": S.FAULT,
}
_PACKTAGS = (
    *("CLEARING", "STOPPED", "STARTING", "IDLE", "SUSPENDED", "EXECUTE", "STOPPING", "ABORTING", "ABORTED"),
    *("HOLDING", "HELD", "UNHOLDING", "SUSPENDING", "UNSUSPENDING", "RESETTING", "COMPLETING", "COMPLETE"),
)
_OPC_30060 = (
    *("STOPPED", "RESETTING", "IDLE", "STARTING", "EXECUTE", "COMPLETING", "COMPLETE", "ABORTING", "ABORTED"),
    *("STOPPING", "CLEARING", "SUSPENDING", "SUSPENDED", "UNSUSPENDING", "HOLDING", "HELD", "UNHOLDING"),
)
PACKTAGS_NUMBERS: Final[Words] = {str(n): PACKML_NAMES[name] for n, name in enumerate(_PACKTAGS, start=1)}
OPC_30050_NUMBERS: Final[Words] = {**PACKTAGS_NUMBERS, "18": S.PRODUCING, "19": S.STOPPED}
OPC_30060_NUMBERS: Final[Words] = {str(n): PACKML_NAMES[name] for n, name in enumerate(_OPC_30060)}


@dataclass(frozen=True)
class Step:
    """One source of a template: what a slot's words mean; a word that is not there says nothing (`otherwise` None)."""

    slot: str
    words: Words
    otherwise: S | None = None


@dataclass(frozen=True)
class Template:
    """A rule but for its tags. The slots in `required` need a tag; a step whose slot has none is left out."""

    required: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        """Every slot once, the required ones first."""
        return tuple(dict.fromkeys((*self.required, *(step.slot for step in self.steps), *COUNTED)))


COUNTED: Final = {"part_count": "pieces", "scrap_count": "scrap"}


def _packml(numbers: Words) -> Template:
    # PackTags: unit mode 1 Production, 2 Maintenance, 3 Manual; others are the maker's own.
    mode: Words = {"2": S.MAINTENANCE, "3": S.SETUP, "MAINTENANCE": S.MAINTENANCE, "MANUAL": S.SETUP}
    return Template(("state",), (Step("mode", mode), Step("state", {**PACKML_NAMES, **numbers}, S.STOPPED)))


TEMPLATES: Final[Mapping[str, Template]] = {
    "mtconnect": Template(
        ("execution",),
        (
            Step("emergency_stop", {"TRIGGERED": S.FAULT}),
            Step("condition", {"FAULT": S.FAULT}),
            Step("functional_mode", {"SETUP": S.SETUP, "TEARDOWN": S.SETUP, "MAINTENANCE": S.MAINTENANCE}),
            Step("mode", {"MANUAL": S.SETUP, "MANUAL_DATA_INPUT": S.SETUP, "EDIT": S.SETUP}),
            Step("execution", EXECUTION_WORDS, S.STOPPED),
        ),
    ),
    "packml_packtags": _packml(PACKTAGS_NUMBERS),
    "packml_opc30050": _packml(OPC_30050_NUMBERS),
    "packml_opc30060": _packml(OPC_30060_NUMBERS),
    # OPC 40001-1: what the item does and the mode it is in decide together, so the item is asked three times.
    "machinery": Template(
        ("item_state",),
        (
            Step("item_state", {"1": S.FAULT, "OUTOFSERVICE": S.FAULT}),
            Step("mode", {"1": S.MAINTENANCE, "MAINTENANCE": S.MAINTENANCE, "2": S.SETUP, "SETUP": S.SETUP}),
            Step("item_state", {"3": S.PRODUCING, "EXECUTING": S.PRODUCING}),
            Step("mode", {"0": S.STOPPED, "NONE": S.STOPPED}),
            Step("item_state", {"2": S.IDLE, "NOTEXECUTING": S.IDLE, "0": S.NO_DATA, "NOTAVAILABLE": S.NO_DATA}),
        ),
    ),
    "umati": Template(
        ("program_state",),
        (
            Step("mode", {"4": S.MAINTENANCE, "SERVICE": S.MAINTENANCE}),
            Step("mode", {"0": S.SETUP, "MANUAL": S.SETUP, "2": S.SETUP, "SETUP": S.SETUP}),
            Step(
                "program_state",
                {
                    "0": S.IDLE,
                    "INITIALIZING": S.IDLE,
                    "1": S.PRODUCING,
                    "RUNNING": S.PRODUCING,
                    "2": S.IDLE,
                    "ENDED": S.IDLE,
                    "3": S.STOPPED,
                    "INTERRUPTED": S.STOPPED,
                    "4": S.FAULT,
                    "ABORTED": S.FAULT,
                },
                S.STOPPED,
            ),
        ),
    ),
}


def from_template(
    key: str, tags: Mapping[str, str], *, for_s: float = 0.0, stale_after_s: float | None = None
) -> Definition:
    """The definition of a template with these tags by slot; empty ones count as not there.

    `for_s`: debounce of every word. `stale_after_s`: silence after which nothing is known (None: the last word holds).
    Raises RuleMistake with a sentence for each required slot without a tag.
    """
    template = TEMPLATES[key]
    named = {slot: tag for slot, tag in tags.items() if tag}
    sources: list[dict[str, Any]] = [
        {
            "kind": "words",
            "tag": named.get(step.slot, ""),
            "words": dict(step.words),
            "otherwise": step.otherwise,
            "for_s": for_s,
            "stale_after_s": stale_after_s,
        }
        for step in template.steps
        if step.slot in named or step.slot in template.required
    ]
    counters = [{"tag": named[slot], "counts": counts} for slot, counts in COUNTED.items() if slot in named]
    return read_definition({"sources": sources, "counters": counters})
