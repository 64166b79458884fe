"""Subscriptions of one session: made in bites, watched one by one, bad nodes tried again each minute."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import count
from typing import Any

from telemetry.edge.devices import OpcUa, Tag
from telemetry.edge.drivers.opcua import addresses, values
from telemetry.edge.drivers.opcua import library as ua
from telemetry.edge.drivers.opcua.items import Group, Item
from telemetry.edge.drivers.session import Out, Trouble
from telemetry.edge.timekeeping import now_us

BITE = 200
"""Most items in one request: servers and their encryption choke on thousands."""
RETRY_S = 60.0
LONGEST_SILENCE_S = 5.0
_HEARTBEAT = Tag(name="heartbeat", address=f"i={ua.ObjectIds.Server_ServerStatus_CurrentTime}", period_s=1.0)
_LONGEST_PUBLISH_S = 1.0
_SIGN_OF_LIFE_S = 2.0
_KEPT_S = 60.0
_MOST_PER_MESSAGE = 1000
_MOST_NAMED = 20
_TOO_LARGE = {
    ua.StatusCodes.BadTooManyOperations,
    ua.StatusCodes.BadRequestTooLarge,
    ua.StatusCodes.BadResponseTooLarge,
    ua.StatusCodes.BadEncodingLimitsExceeded,
}
_NO_SUCH_NODE = {ua.StatusCodes.BadNodeIdUnknown, ua.StatusCodes.BadNodeIdInvalid}


class Subscriptions:
    """Everything of a device that is subscribed."""

    def __init__(self, client: ua.Client, device: OpcUa, out: Out) -> None:
        self.clock = values.ServerClock()
        self.ended = ""
        self._client = client
        self._device = device
        self._out = out
        self._handles = count(1)
        self._items: dict[int, Item] = {}
        self._groups: dict[int, Group] = {}
        self._bad: list[tuple[Group, Item]] = []
        self._namespaces: Sequence[str] = []
        self._bite = BITE
        self._retry_at = 0.0
        self._is_begun = False

    async def begin(self) -> None:
        """Learns the server's namespaces, limits and clock, then subscribes the heartbeat and every tag."""
        await self._learn()
        await self._create(await self._group([Item(_HEARTBEAT)], _HEARTBEAT.period_s))
        # Only now the server is one that can be kept; before, an answer would count as a success.
        self._is_begun = True
        # Slow tags are published each second too: their values come soon, and silence is noticed.
        together: dict[float, list[Item]] = {}
        for tag in self._device.tags:
            together.setdefault(min(tag.period_s, _LONGEST_PUBLISH_S), []).append(Item(tag))
        for publish_s in sorted(together):
            await self._create(await self._group(together[publish_s], publish_s))
        self._retry_at = time.monotonic() + RETRY_S

    async def retry(self) -> None:
        """Tries the bad nodes once more, when a minute has passed."""
        if not self._bad or time.monotonic() < self._retry_at:
            return
        self._retry_at = time.monotonic() + RETRY_S
        bad, self._bad = self._bad, []
        # A server can get new namespaces while it runs.
        await self._learn()
        for group in {id(group): group for group, _item in bad}.values():
            await self._create(group, [item for where, item in bad if where is group])

    def forgive(self, seconds: float) -> None:
        """This gateway itself was held up, so the silence of that time is nobody's."""
        for group in self._groups.values():
            group.heard_at += seconds

    def check(self) -> None:
        """Raises Trouble when the server ended a subscription or one was silent for too long."""
        if self.ended:
            raise Trouble(f"The server at {self._device.url} ended a subscription ({self.ended}).")
        now = time.monotonic()
        for group in self._groups.values():
            if now - group.heard_at > group.alive_s:
                raise Trouble(f"The server at {self._device.url} said nothing for {group.alive_s:.0f} s.")

    async def read_clock(self) -> None:
        """Reads the server's clock: how long an answer takes, and whether its times can be believed."""
        asked, began = now_us(), time.monotonic()
        node = ua.node(ua.ObjectIds.Server_ServerStatus_CurrentTime)
        (answer,) = await self._client.uaclient.read_attributes([node], ua.AttributeIds.Value)
        self._answered(began)
        server = values.variant_of(answer)
        wrong = self.clock.measured(server, asked, now_us())  # type: ignore[arg-type]  # the standard says DateTime
        if wrong:
            self._out.fault(wrong)

    def _answered(self, began: float) -> None:
        if self._is_begun:
            self._out.polled(time.monotonic() - began)

    async def _learn(self) -> None:
        nodes = [
            ua.node(ua.ObjectIds.Server_NamespaceArray),
            ua.node(ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall),
        ]
        namespaces, limit = await self._client.uaclient.read_attributes(nodes, ua.AttributeIds.Value)
        self._namespaces = values.texts(values.variant_of(namespaces))
        most = values.variant_of(limit)
        self._bite = min(BITE, most) if isinstance(most, int) and most > 0 else BITE
        await self.read_clock()

    async def _group(self, items: Sequence[Item], publish_s: float) -> Group:
        group = Group(items, publish_s)
        signs = max(round(_SIGN_OF_LIFE_S / group.publish_s), 1)
        wished = ua.CreateSubscriptionParameters()
        wished.RequestedPublishingInterval = group.publish_s * 1000
        wished.RequestedMaxKeepAliveCount = signs
        wished.RequestedLifetimeCount = max(3 * signs, round(_KEPT_S / group.publish_s))
        wished.MaxNotificationsPerPublish = _MOST_PER_MESSAGE
        wished.PublishingEnabled = True

        def heard(result: Any) -> None:
            self._published(group, result)

        given = await self._client.uaclient.create_subscription(wished, heard)
        group.subscription = given.SubscriptionId
        sign_s = given.RevisedPublishingInterval / 1000 * max(given.RevisedMaxKeepAliveCount, 1)
        group.alive_s = max(LONGEST_SILENCE_S, 2.5 * sign_s)
        group.heard_at = time.monotonic()
        self._groups[group.subscription] = group
        return group

    async def _create(self, group: Group, items: Sequence[Item] | None = None) -> None:
        """Has items watched; what the server does not know under its likelier address is tried under the other."""
        faults: list[str] = []
        wanted: list[tuple[Item, list[addresses.Place]]] = []
        for item in group.items if items is None else items:
            if not item.handle:
                item.handle = next(self._handles)
            self._items[item.handle] = item
            try:
                wanted.append((item, addresses.places(item.tag.address, self._namespaces)))
            except addresses.BadAddress as error:
                faults.append(str(error))
                self._failed(group, item)
        while wanted:
            bite, wanted = wanted[: self._bite], wanted[self._bite :]
            codes = await self._create_bite(group, [item.request(possible[0]) for item, possible in bite])
            for (item, possible), code in zip(bite, codes, strict=True):
                if code in _NO_SUCH_NODE and len(possible) > 1:
                    wanted.append((item, possible[1:]))
                elif code >> 31:
                    faults.append(f"{item.tag.address}: the server says {ua.name_of(code)}.")
                    self._failed(group, item)
        for fault in faults[:_MOST_NAMED]:
            self._out.fault(fault)
        if len(faults) > _MOST_NAMED:
            self._out.fault(f"{len(faults) - _MOST_NAMED} more addresses are bad.")

    def _failed(self, group: Group, item: Item) -> None:
        self._bad.append((group, item))
        if item.tag is not _HEARTBEAT:
            item.unknown(self._out)

    async def _create_bite(self, group: Group, requests: list[Any]) -> list[int]:
        wished = ua.CreateMonitoredItemsParameters()
        wished.SubscriptionId = group.subscription
        wished.TimestampsToReturn = ua.TimestampsToReturn.Both
        wished.ItemsToCreate = requests
        began = time.monotonic()
        try:
            results = await self._client.uaclient.create_monitored_items(wished)
        except ua.UaStatusCodeError as error:
            if error.code not in _TOO_LARGE or len(requests) == 1:
                raise
            self._bite = half = max(len(requests) // 2, 1)
            return [*await self._create_bite(group, requests[:half]), *await self._create_bite(group, requests[half:])]
        self._answered(began)
        return [int(result.StatusCode.value) for result in results]

    def _published(self, group: Group, result: Any) -> None:
        message = result.NotificationMessage
        parts = message.NotificationData
        group.hears(values=bool(parts), must_beat=group.items[0].tag is _HEARTBEAT)
        self._out.heard()
        if not parts:
            return
        missed = group.missed(int(message.SequenceNumber))
        if missed:
            self._out.loss(group.last_us, now_us(), f"{missed} messages of a subscription did not arrive")
        group.last_us = now_us()
        for part in parts:
            if isinstance(part, ua.DataChangeNotification):
                self._take(part.MonitoredItems)
            elif isinstance(part, ua.StatusChangeNotification):
                self.ended = ua.name_of(int(part.Status.value))

    def _take(self, news: Sequence[Any]) -> None:
        """Hands values out. What overflowed at the same time is declared as one loss, not as one for each tag."""
        lost: list[tuple[int, int, str]] = []
        for one in news:
            item = self._items.get(one.ClientHandle)
            if item is None or item.tag is _HEARTBEAT:
                continue
            between = item.take(one.Value, self.clock, self._out)
            if between is not None:
                lost.append((*between, item.tag.address))
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            reason = f"{lost[0][2]}{more}: more values than the server's queue holds"
            self._out.loss(min(one[0] for one in lost), max(one[1] for one in lost), reason)
