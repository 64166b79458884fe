"""Times as machines write them into files: their format, their zone, and the hour that exists twice a year."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telemetry.edge.drivers.json_paths import moment_us
from telemetry.edge.drivers.session import Trouble
from telemetry.wire import MAX_TIME_MS

_SURE = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoMoment(ValueError):
    """The text is no time; the message says why."""


class Times:
    """Reads the times of one device's files in their order.

    An hour that comes twice when summer time ends is told apart by the row before: the first of the two moments that
    does not lie before it (after it, in files that run backwards).
    """

    def __init__(self, time_format: str, zone: str) -> None:
        self._format = time_format
        self._zone = _zone(zone)
        self._zone_name = zone or "UTC"
        self._before_us: int | None = None
        self._before_local: datetime | None = None
        self._direction = 0

    def new_file(self) -> None:
        """The next row is the first of a file; only the last moment of the file before is still known."""
        self._before_local, self._direction = None, 0

    def us(self, text: str) -> int:
        """Microseconds since 1970 UTC. Raises NoMoment."""
        read = self._read(text.strip())
        if isinstance(read, int):
            self._before_us = read
            return read
        us = self._placed(read) if read.tzinfo is None else _us(read)
        if not 0 < us <= MAX_TIME_MS * 1000:
            raise NoMoment(f"{text[:60]!r} lies before 1970 or after 9999")
        self._before_us = us
        return us

    def _read(self, text: str) -> datetime | int:
        try:
            if self._format:
                return datetime.strptime(text, self._format)  # noqa: DTZ007  # the zone is decided by the caller
            return datetime.fromisoformat(text)
        except ValueError as error:
            number = None if self._format else moment_us(text)
            if number is None:
                expected = self._format or "ISO 8601"
                raise NoMoment(f"{text[:60]!r} is no time. Expected {expected}") from error
            return number

    def _placed(self, local: datetime) -> int:
        if self._before_local is not None and local != self._before_local:
            # One step back may be the end of summer time in a file that runs forwards; several are its direction.
            step = 1 if local > self._before_local else -1
            self._direction = max(-_SURE, min(_SURE, self._direction + step))
        self._before_local = local
        backwards = self._direction < 0
        first = local.replace(tzinfo=self._zone, fold=0)
        second = local.replace(tzinfo=self._zone, fold=1)
        early, late = _us(first), _us(second)
        if early == late:
            return early
        if early > late:
            raise NoMoment(
                f"{local:%Y-%m-%d %H:%M:%S} does not exist in {self._zone_name}: summer time began in that hour"
            )
        before = self._before_us
        if before is None:
            return late if backwards else early
        if backwards:
            return late if late <= before else early
        return early if early >= before or late < before else late


def _zone(name: str) -> tzinfo:
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Trouble(f"{name!r} is no time zone. Expected a name like Europe/Berlin or Etc/GMT-1.") from error


def _us(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
