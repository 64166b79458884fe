"""The names people read for templates and their slots."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """A way to make states from signals, as offered on the page."""

    key: str
    name: Promise
    sentence: Promise


KINDS = (
    Kind(
        "words",
        _("Words or numbers of the control"),
        _("One tag names what the machine does; you say what each word means."),
    ),
    Kind("bits", _("Signals that are on or off"), _("Fault, set-up, running: the first of them that is on decides.")),
    Kind(
        "current",
        _("Motor current or power"),
        _("Above one threshold it runs, below another it idles; noise between them changes nothing."),
    ),
    Kind("counter", _("Pulses of a counter"), _("While pieces come it produces; when they stay away it stands.")),
    Kind(
        "mtconnect",
        _("MTConnect"),
        _("EXECUTION, with mode, functional mode, emergency stop and condition where the control has them."),
    ),
    Kind(
        "packml_packtags",
        _("PackML, numbered as PackTags"),
        _("Clearing 1 to Complete 17 (ISA-TR88.00.02); names are understood too."),
    ),
    Kind(
        "packml_opc30050",
        _("PackML over OPC UA (OPC 30050)"),
        _("As PackTags, with Running 18 and Cleared 19; names are understood too."),
    ),
    Kind(
        "packml_opc30060",
        _("PackML of tobacco machines (OPC 30060)"),
        _("Stopped 0 to Unholding 16; names are understood too."),
    ),
    Kind(
        "machinery",
        _("OPC UA for Machinery (OPC 40001-1)"),
        _("Item state and operation mode decide together."),
    ),
    Kind(
        "umati",
        _("umati machine tools (OPC 40501-1)"),
        _("State of the running program and operation mode."),
    ),
    Kind("json", _("Written out"), _("The whole rule as JSON, for what the forms do not offer.")),
)

SLOT_NAMES: dict[str, Promise] = {
    "execution": _("Execution"),
    "mode": _("Mode"),
    "functional_mode": _("Functional mode"),
    "emergency_stop": _("Emergency stop"),
    "condition": _("Condition"),
    "state": _("State"),
    "item_state": _("Item state"),
    "program_state": _("State of the program"),
    "part_count": _("Pieces counted"),
    "scrap_count": _("Scrap counted"),
}
