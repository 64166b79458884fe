"""From what an OPC UA server says to a value, a quality byte and a time."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from telemetry.edge.drivers.opcua import library as ua
from telemetry.wire import Quality, Value

FUTURE_US = 2_000_000
"""A clock further ahead than this is wrong; nothing later is ever shown as live."""
OLD_US = 3600 * 1_000_000
FIRST_OLD_US = 5_000_000
CLOCK_OFF_US = 2_000_000

_DATA_VALUE = 0x400
_OVERFLOW = 0x80
_NO_TIME = datetime(1602, 1, 1, tzinfo=UTC)
_Codes = ua.StatusCodes
_QUALITIES: dict[int, Quality] = {
    _Codes.GoodLocalOverride: Quality.LOCAL_OVERRIDE,
    _Codes.UncertainLastUsableValue: Quality.LAST_USABLE,
    _Codes.UncertainNoCommunicationLastUsableValue: Quality.LAST_USABLE,
    _Codes.UncertainSensorNotAccurate: Quality.SENSOR_NOT_ACCURATE,
    _Codes.UncertainEngineeringUnitsExceeded: Quality.RANGE_EXCEEDED,
    _Codes.UncertainSubNormal: Quality.SUB_NORMAL,
    _Codes.BadConfigurationError: Quality.CONFIGURATION_ERROR,
    _Codes.BadNodeIdUnknown: Quality.CONFIGURATION_ERROR,
    _Codes.BadNodeIdInvalid: Quality.CONFIGURATION_ERROR,
    _Codes.BadAttributeIdInvalid: Quality.CONFIGURATION_ERROR,
    _Codes.BadIndexRangeInvalid: Quality.CONFIGURATION_ERROR,
    _Codes.BadIndexRangeNoData: Quality.CONFIGURATION_ERROR,
    _Codes.BadNotReadable: Quality.CONFIGURATION_ERROR,
    _Codes.BadUserAccessDenied: Quality.CONFIGURATION_ERROR,
    _Codes.BadNotConnected: Quality.NOT_CONNECTED,
    _Codes.BadDeviceFailure: Quality.DEVICE_FAILURE,
    _Codes.BadSensorFailure: Quality.SENSOR_FAILURE,
    _Codes.BadNoCommunication: Quality.NO_COMMUNICATION,
    _Codes.BadCommunicationError: Quality.NO_COMMUNICATION,
    _Codes.BadTimeout: Quality.NO_COMMUNICATION,
    _Codes.BadServerNotConnected: Quality.NO_COMMUNICATION,
    _Codes.BadOutOfService: Quality.OUT_OF_SERVICE,
    _Codes.BadWaitingForInitialData: Quality.WAITING_FOR_FIRST,
}


class NoValue(Exception):
    """A value no tag can hold; the sentence says what it is and what to do."""


def quality_of(code: int) -> int:
    """The quality byte QQSSSSLL of a status code (OPC 10000-8, annex A): class, cause where known, limit bits."""
    quality = _QUALITIES.get(code & 0xFFFF0000)
    if quality is None:
        quality = (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD, Quality.BAD)[code >> 30 & 3]
    limit = code >> 8 & 3 if code & 0xC00 == _DATA_VALUE else 0
    return int(quality) | limit


def overflowed(code: int) -> bool:
    """True if the server's queue was full, so that values before this one are lost."""
    return code & 0xC00 == _DATA_VALUE and bool(code & _OVERFLOW)


def plain(value: object, element: str = "") -> Value:
    """The value as a tag holds it: number, truth or text. Texts stay texts. Raises NoValue.

    Times become ISO 8601 in UTC. Where an element of an array was asked for, the server's answer is that element, or
    the whole array if the server does not know how to cut.
    """
    if element:
        value = _element(value, element)
    kind = type(value)
    if kind is float or kind is int or kind is bool or kind is str or value is None:
        return value  # type: ignore[return-value]  # the four comparisons say so, which mypy does not follow
    if isinstance(value, bool | int | float):
        # Enumerations and the library's own kinds of numbers.
        return float(value) if isinstance(value, float) else int(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, datetime):
        return _time_text(value)
    if isinstance(value, ua.LocalizedText):
        return value.Text or ""
    if isinstance(value, ua.QualifiedName):
        return value.Name or ""
    if isinstance(value, uuid.UUID | ua.NodeId):
        return str(value) if isinstance(value, uuid.UUID) else value.to_string()
    if isinstance(value, ua.StatusCode):
        return ua.name_of(int(value.value))
    raise NoValue(_why_not(value))


def _element(value: object, element: str) -> object:
    if value is None:
        return None
    if not isinstance(value, list):
        raise NoValue(f"is no array, so it has no element [{element}]. Take the brackets away.")
    for position in (int(part) for part in element.split(",")):
        if not isinstance(value, list):
            raise NoValue(f"has fewer dimensions than [{element}] asks for.")
        # A server that understood the range sends just the element.
        position = 0 if len(value) == 1 else position
        if position >= len(value):
            raise NoValue(f"has only {len(value)} elements, so there is no [{element}].")
        value = value[position]
    return value


def _why_not(value: object) -> str:
    if isinstance(value, bytes):
        return f"is a ByteString of {len(value)} bytes, which no tag can hold. Choose a number or a text."
    if isinstance(value, list):
        return f"is an array of {len(value)}. Name the element: put [0], [1] … behind the address."
    return f"is a structure ({type(value).__name__}). Choose one of its fields, if the server shows them as nodes."


def _time_text(value: datetime) -> str | None:
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    if value < _NO_TIME:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def microseconds(value: datetime | None) -> int | None:
    """A time of the protocol since 1970; None for "no time"."""
    if value is None:
        return None
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    return None if value < _NO_TIME else round(value.timestamp() * 1_000_000)


class ServerClock:
    """Whether a server's times can be believed. Measured whenever its clock is read."""

    def __init__(self) -> None:
        self._off_us: int | None = None

    @property
    def is_right(self) -> bool:
        """True while the server's clock is within 2 s of this gateway's."""
        return self._off_us is not None and abs(self._off_us) <= CLOCK_OFF_US

    def measured(self, server: datetime | None, asked_us: int, answered_us: int) -> str:
        """Takes one reading of the server's clock. Returns a sentence when it has just turned out to be wrong."""
        server_us = microseconds(server)
        if server_us is None:
            return ""
        was_unknown_or_right = self._off_us is None or self.is_right
        self._off_us = server_us - (asked_us + answered_us) // 2
        if self.is_right or not was_unknown_or_right:
            return ""
        where = "ahead" if self._off_us > 0 else "behind"
        return (
            f"The server's clock is {abs(self._off_us) / 1e6:.0f} s {where}; "
            "its times are not used, the gateway's are. Set the server's clock."
        )

    def believed(self, source: datetime | None, now_us: int, last_us: int, *, first: bool) -> int | None:
        """The source's own time in microseconds, or None if the gateway's is better.

        The first value of a session stands since long and holds now; times must not go back behind what was said.
        """
        at_us = microseconds(source)
        if at_us is None or not self.is_right or at_us < last_us:
            return None
        age_us = now_us - at_us
        oldest = FIRST_OLD_US if first else OLD_US
        return at_us if -FUTURE_US <= age_us <= oldest else None


def variant_of(answer: ua.DataValue) -> object:
    """The bare value in a data value."""
    return answer.Value.Value if answer.Value is not None else None


def texts(value: object) -> Sequence[str]:
    """A list of texts as the protocol has it, or nothing."""
    return [str(part) for part in value] if isinstance(value, list) else []
