"""What a person is asked about a device of each protocol, and how the answers become its settings.

The settings themselves are those of the gateway (`telemetry.edge.devices`): its structs say what is a number, what
must be given and what may be chosen; here stand only the words for people. A setting without words is asked by its
own name, so that nothing a driver learns is out of reach.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from telemetry.edge import devices as edge

Text = str | Promise
# Asked by the page itself, not as settings.
_ELSEWHERE = {"code", "tags"}


@dataclass(frozen=True)
class Words:
    """What a setting is called, and a sentence of help."""

    label: Text
    help: Text = ""


@dataclass(frozen=True)
class Protocol:
    """A way of speaking with devices. `address`: where in such a device a tag is found; `types`: how raw bytes are read
    where the protocol does not say; `browses`: whether its devices can be looked through.
    """

    key: str
    name: Text
    struct: Any
    words: Mapping[str, Words]
    address: Text
    example: str
    types: tuple[str, ...] = ()
    browses: bool = True
    beta: bool = False


@dataclass(frozen=True)
class Setting:
    """One question about a device, as the struct and the words together tell it."""

    name: str
    label: Text
    help: Text
    kind: str  # text, whole, number, bool, choice
    required: bool
    default: Any
    choices: tuple[tuple[str, Text], ...] = ()
    low: float | None = None
    high: float | None = None


_HOST = Words(lazy("Address in the network"), lazy("Name or IP address, for example 10.0.0.5."))
_PORT = Words(lazy("Port"))
_FILE = lazy("A file in the gateway's own folder; its content never leaves the gateway.")
_TIME_PATH = Words(
    lazy("Where the time stands"), lazy("Path in the JSON, for example meta.time. Empty: the time of arrival.")
)
_COMMON = {
    "timeout_s": Words(lazy("Longest wait for an answer (s)")),
    "host": _HOST,
    "port": _PORT,
    "time_path": _TIME_PATH,
}
_CHOICES: Mapping[tuple[str, str], Text] = {
    ("security", "none"): lazy("none: everybody in the network can read along"),
    ("security", "sign"): lazy("signed"),
    ("security", "sign_and_encrypt"): lazy("signed and encrypted"),
    ("parity", "N"): lazy("none"),
    ("parity", "E"): lazy("even"),
    ("parity", "O"): lazy("odd"),
    ("words", "big"): lazy("high word first"),
    ("words", "little"): lazy("low word first"),
    ("delimiter", ""): lazy("find out"),
    ("delimiter", "\t"): lazy("tabulator"),
    ("terminator", "any"): lazy("CR, LF or both"),
    ("terminator", "cr"): "CR",
    ("terminator", "lf"): "LF",
    ("terminator", "crlf"): "CR LF",
    ("kind", "serial"): lazy("on a serial line"),
    ("kind", "keyboard"): lazy("acts as a keyboard"),
}
_MODBUS_TYPES = ("int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bool")

PROTOCOLS: dict[str, Protocol] = {
    protocol.key: protocol
    for protocol in (
        Protocol(
            "opcua", "OPC UA", edge.OpcUa,
            {
                "url": Words(lazy("Address of the server"), "opc.tcp://10.0.0.5:4840"),
                "security": Words(lazy("Security"), lazy("The strongest that the machine offers.")),
                "user": Words(lazy("User name"), lazy("Empty: nobody in particular.")),
                "password_file": Words(lazy("File with the password"), _FILE),
                "trusted": Words(lazy("Folder of trusted certificates"), lazy("In the gateway's own folder.")),
            },
            lazy("Node id"), "ns=2;s=Machine.State",
        ),
        Protocol(
            "modbus", "Modbus", edge.Modbus,
            {
                "host": Words(lazy("Address in the network"), lazy("For Modbus TCP. Empty with a serial line.")),
                "serial": Words(lazy("Serial line"), lazy("For Modbus RTU, for example /dev/ttyUSB0.")),
                "baud": Words(lazy("Baud rate")),
                "parity": Words(lazy("Parity")),
                "stop_bits": Words(lazy("Stop bits")),
                "unit": Words(lazy("Unit number"), lazy("0 to 255; of a device alone in the network mostly 1.")),
                "words": Words(lazy("Order of words"), lazy("Of numbers that need more than one register.")),
                "pause_s": Words(lazy("Pause between questions (s)")),
            },
            lazy("Register"), "holding:100", types=_MODBUS_TYPES,
        ),
        Protocol(
            "mqtt", "MQTT", edge.Mqtt,
            {
                "host": Words(lazy("Address of the broker")),
                "tls": Words(lazy("Encrypted (TLS)")),
                "ca_file": Words(lazy("File of the certificate authority"), _FILE),
                "user": Words(lazy("User name"), lazy("Empty: nobody in particular.")),
                "password_file": Words(lazy("File with the password"), _FILE),
                "client_id": Words(lazy("Name at the broker"), lazy("Empty: made of device and computer.")),
            },
            lazy("Topic, and path in its JSON"), "hall/press1#current",
        ),
        Protocol(
            "mtconnect", "MTConnect", edge.MTConnect,
            {
                "url": Words(lazy("Address of the agent"), "http://10.0.0.5:5000"),
                "device": Words(lazy("Device there"), lazy("Name or uuid. Empty: its only one.")),
            },
            lazy("Data item"), "execution",
        ),
        Protocol(
            "s7", "Siemens S7", edge.S7,
            {"rack": Words(lazy("Rack")), "slot": Words(lazy("Slot"), lazy("S7-300: 2. S7-1200 and 1500: 1."))},
            lazy("Address in the control"), "DB1.DBD8",
            types=("bool", "int", "uint", "real", "string:20"), beta=True,
        ),
        Protocol(
            "ethernetip", lazy("EtherNet/IP (Rockwell)"), edge.EthernetIp,
            {"slot": Words(lazy("Slot"))}, lazy("Name in the control"), "Program:Main.PartCount", beta=True,
        ),
        Protocol(
            "push", lazy("HTTP push (the device posts)"), edge.Push,
            {
                "bind": Words(lazy("Listen on"), lazy("127.0.0.1: this machine only. 0.0.0.0: the whole network.")),
                "token_file": Words(lazy("File with the token"), _FILE),
                "certificate_file": Words(lazy("File with the certificate"), _FILE),
                "key_file": Words(lazy("File with the key"), _FILE),
            },
            lazy("Path in the JSON"), "press.current", browses=False,
        ),
        Protocol(
            "scanner", lazy("Barcode scanner"), edge.Scanner,
            {
                "kind": Words(lazy("How it is connected")),
                "port": Words(lazy("Where it is connected"), "/dev/ttyACM0, /dev/input/by-id/…-kbd"),
                "baud": Words(lazy("Baud rate")),
                "layout": Words(lazy("Key layout"), lazy("As the scanner was set to.")),
                "terminator": Words(lazy("Ends each code")),
                "prefix": Words(lazy("Stands before each code"), lazy("A scan without it is dropped as incomplete.")),
                "suffix": Words(lazy("Stands after each code"), lazy("A scan without it is dropped as incomplete.")),
            },
            lazy("Always scan"), "scan", browses=False,
        ),
        Protocol(
            "folder", lazy("Folder of CSV files"), edge.Folder,
            {
                "path": Words(lazy("Folder"), lazy("Below the drop folder named in the gateway's own settings.")),
                "pattern": Words(lazy("Which files"), "*.csv"),
                "delimiter": Words(lazy("Between columns")),
                "decimal": Words(lazy("Decimal sign")),
                "encoding": Words(lazy("Encoding"), "utf-8, cp1252"),
                "time_column": Words(lazy("Column of the time")),
                "time_format": Words(lazy("Format of the time"), lazy("Empty: ISO 8601.")),
                "time_zone": Words(lazy("Time zone"), "Europe/Berlin"),
                "settle_s": Words(lazy("Read when unchanged for (s)")),
            },
            lazy("Heading of the column"), "Current [A]",
        ),
    )
}  # fmt: skip


class SettingMistakes(ValueError):
    """Settings that cannot be used; ``found`` has a sentence for each setting's name ("" = all together)."""

    def __init__(self, found: dict[str, str]) -> None:
        self.found = found
        super().__init__(" ".join(found.values()))


def settings_of(protocol: Protocol) -> list[Setting]:
    """The questions about a device of this protocol, the necessary ones first."""
    found = [
        _setting(protocol, field)
        for field in msgspec.inspect.type_info(protocol.struct).fields  # type: ignore[attr-defined]  # a struct's info
        if field.name not in _ELSEWHERE
    ]
    # Each group stays in the order of the struct; what all devices have is asked last.
    return sorted(found, key=lambda one: (not one.required, one.name == "timeout_s"))


def read_settings(protocol: Protocol, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in answers of a form (texts) or of a program, without those that say the default.

    Raises SettingMistakes.
    """
    known = {setting.name: setting for setting in settings_of(protocol)}
    mistakes = {name: _("There is no such setting.") for name in answers if name not in known}
    settings: dict[str, Any] = {}
    for name, setting in known.items():
        given = answers.get(name)
        given = given.strip() if isinstance(given, str) and setting.kind != "choice" else given
        if given is None or (given == "" and "" not in dict(setting.choices)):
            if setting.required:
                mistakes[name] = _("This is needed.")
            continue
        try:
            value = _value(protocol, setting, given)
        except msgspec.ValidationError:
            mistakes[name] = _expected(setting, given)
            continue
        if setting.required or value != setting.default:
            settings[name] = value
    if not mistakes:
        mistakes = dict(_contradictions(protocol, settings))
    if mistakes:
        raise SettingMistakes(mistakes)
    return settings


def place_of(protocol: Protocol, settings: Mapping[str, Any]) -> str:
    """Where a device is, in one line for lists."""
    found = settings.get("url") or settings.get("host") or settings.get("serial") or settings.get("path") or ""
    if settings.get("host") and settings.get("port"):
        found = f"{found}:{settings['port']}"
    return str(found or settings.get("port", ""))[:200]


def _setting(protocol: Protocol, field: Any) -> Setting:
    words = protocol.words.get(field.name) or _COMMON.get(field.name) or Words(field.name)
    inner = field.type
    kind, low, high = "text", None, None
    choices: tuple[tuple[str, Text], ...] = ()
    if isinstance(inner, msgspec.inspect.BoolType):
        kind = "bool"
    elif isinstance(inner, msgspec.inspect.LiteralType):
        kind = "choice"
        choices = tuple((str(v), _CHOICES.get((field.name, str(v)), str(v) or "–")) for v in inner.values)
    elif isinstance(inner, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        kind = "whole" if isinstance(inner, msgspec.inspect.IntType) else "number"
        low, high = (inner.ge if inner.ge is not None else inner.gt), inner.le
    default = None if field.required else field.default
    return Setting(field.name, words.label, words.help, kind, field.required, default, choices, low, high)


def _value(protocol: Protocol, setting: Setting, given: Any) -> Any:
    kind = {field.name: field for field in msgspec.structs.fields(protocol.struct)}[setting.name].type
    if setting.kind == "choice":
        first = next((value for value in _literals(kind) if str(value) == str(given)), given)
        return msgspec.convert(first, kind)
    if setting.kind == "number" and isinstance(given, str):
        given = given.replace(",", ".")
    if setting.kind == "bool" and given in ("on", "off"):
        given = given == "on"
    return msgspec.convert(given, kind, strict=not isinstance(given, str) or setting.kind == "text")


def _literals(kind: Any) -> tuple[Any, ...]:
    return tuple(msgspec.inspect.type_info(kind).values)  # type: ignore[attr-defined]  # called for literals only


def _expected(setting: Setting, given: Any) -> str:
    if setting.kind in ("whole", "number") and setting.low is not None and setting.high is not None:
        said = _("'%(given)s' does not fit. Expected a number from %(low)g to %(high)g.")
    elif setting.kind in ("whole", "number") and setting.low is not None:
        said = _("'%(given)s' does not fit. Expected a number not below %(low)g.")
    elif setting.kind == "whole":
        said = _("'%(given)s' does not fit. Expected a whole number.")
    elif setting.kind == "number":
        said = _("'%(given)s' does not fit. Expected a number.")
    elif setting.kind == "bool":
        said = _("'%(given)s' does not fit. Expected yes or no.")
    elif setting.kind == "choice":
        said = _("'%(given)s' cannot be chosen here.")
    else:
        said = _("'%(given)s' does not fit. Expected a text.")
    return said % {"given": str(given)[:60], "low": setting.low or 0, "high": setting.high or 0}


def _contradictions(protocol: Protocol, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if protocol.key == "modbus" and bool(settings.get("host")) == bool(settings.get("serial")):
        yield "host", _("Give either an address in the network or a serial line.")
    if protocol.key == "opcua" and not str(settings.get("url", "")).startswith("opc.tcp://"):
        yield "url", _("Expected an address like opc.tcp://10.0.0.5:4840.")
    if protocol.key == "mtconnect" and not str(settings.get("url", "")).startswith(("http://", "https://")):
        yield "url", _("Expected an address like http://10.0.0.5:5000.")
