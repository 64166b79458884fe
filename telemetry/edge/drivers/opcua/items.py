"""What is subscribed: one item a tag, and the group of tags that share a subscription."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from telemetry.edge.devices import Tag
from telemetry.edge.drivers.opcua import library as ua
from telemetry.edge.drivers.opcua import values
from telemetry.edge.drivers.opcua.addresses import Place
from telemetry.edge.drivers.opcua.values import ServerClock
from telemetry.edge.drivers.session import Out
from telemetry.edge.timekeeping import now_us
from telemetry.wire import Quality

_QUEUE_S = 10.0
_SHORTEST_QUEUE, _LONGEST_QUEUE = 10, 200
_BEATS = 3


class Item:
    """One tag of the device."""

    def __init__(self, tag: Tag) -> None:
        self.tag = tag
        self.handle = 0
        self.place: Place | None = None
        self.begun_us = now_us()
        self.last_us = 0
        self.is_first = True
        self._is_refused = False
        self._is_unknown = False

    def request(self, place: Place) -> Any:
        """What the server shall watch. Events are looked at as often as the server can, samples once a period.

        The server keeps the values of about ten seconds, should this gateway be busy; what does not fit is declared.
        """
        self.place = place
        watched = ua.ReadValueId()
        watched.NodeId = place.node
        watched.AttributeId = ua.AttributeIds.Value
        watched.IndexRange = place.element or None
        wished = ua.MonitoringParameters()
        wished.ClientHandle = self.handle
        wished.SamplingInterval = 0.0 if self.tag.lane == "e" else self.tag.period_s * 1000
        wished.QueueSize = (
            _LONGEST_QUEUE
            if self.tag.lane == "e"
            else min(max(round(_QUEUE_S / self.tag.period_s), _SHORTEST_QUEUE), _LONGEST_QUEUE)
        )
        wished.DiscardOldest = True
        request = ua.MonitoredItemCreateRequest()
        request.ItemToMonitor = watched
        request.MonitoringMode = ua.MonitoringMode.Reporting
        request.RequestedParameters = wished
        return request

    def unknown(self, out: Out) -> None:
        """The server does not know the node: said in the readings once, tried again later."""
        if not self._is_unknown:
            self._is_unknown = True
            out.value(self.tag, None, quality=Quality.CONFIGURATION_ERROR)

    def take(self, answer: ua.DataValue, clock: ServerClock, out: Out) -> tuple[int, int] | None:
        """One value from the server, on its way out. Returns between which times values before it were lost, if any."""
        code = int(answer.StatusCode.value) if answer.StatusCode is not None else 0
        now = now_us()
        at_us = clock.believed(answer.SourceTimestamp, now, self.last_us, first=self.is_first)
        stamp = now if at_us is None else at_us
        lost = (self.last_us or self.begun_us, stamp) if values.overflowed(code) else None
        self.last_us, self.is_first = stamp, False
        quality = values.quality_of(code)
        why_not, value = "", None
        try:
            value = values.plain(values.variant_of(answer), self.place.element if self.place else "")
        except values.NoValue as refusal:
            why_not = f"{self.tag.address} {refusal}"
        if quality & ~3 == Quality.CONFIGURATION_ERROR:
            why_not = f"{self.tag.address}: the server says {ua.name_of(code)}."
        if not why_not:
            self._is_refused = False
            out.value(self.tag, value, at_us=at_us, quality=quality)
        elif not self._is_refused:
            self._is_refused = True
            out.fault(why_not)
            out.value(self.tag, None, quality=Quality.CONFIGURATION_ERROR)
        return lost


class Group:
    """Tags published together, in one subscription; `alive_s` after the last sign the subscription counts as dead."""

    def __init__(self, items: Sequence[Item], publish_s: float) -> None:
        self.items = items
        self.publish_s = publish_s
        self.subscription = 0
        self.alive_s = 0.0
        self.heard_at = time.monotonic()
        self.last_sequence = 0
        self.last_us = now_us()
        self.messages = 0

    def hears(self, *, values: bool, must_beat: bool) -> None:
        """Takes a sign of life. A heartbeat that has beaten must go on beating: a server that only says that it is
        there, while it has stopped looking at its variables, is as good as silent."""
        self.messages += values
        if values or not must_beat or self.messages < _BEATS:
            self.heard_at = time.monotonic()

    def missed(self, sequence: int) -> int:
        """How many messages before this one never arrived or could not be read."""
        missing = (sequence - self.last_sequence - 1) & 0xFFFFFFFF
        # Zero is left out when the numbers start again; a number that comes twice is no loss.
        wrapped = sequence < self.last_sequence
        self.last_sequence = sequence
        return 0 if wrapped or missing > 2**31 else missing
