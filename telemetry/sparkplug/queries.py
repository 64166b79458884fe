"""What edge nodes there are, and what their births offer to choose from."""

from collections.abc import Collection, Iterator

import msgspec
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import visible
from telemetry.devices.models import Gateway
from telemetry.devices.queries import Actor
from telemetry.edge.questions import LARGEST_FOUND, Answer, Found
from telemetry.sparkplug.models import SparkplugNode
from telemetry.sparkplug.rules.tables import Known, Source
from telemetry.sparkplug.rules.topics import address_of
from telemetry.sparkplug.rules.values import Datatype, kind_of

LOSS_POSSIBLE = _(
    "Loss possible during a broker outage: Sparkplug nodes send without acknowledgement, so what they say while "
    "the broker or the host is away is gone. Gaps that are noticed are listed as losses."
)
NO_BIRTH = _("No birth of this node was heard yet. It is asked for; look again soon.")


def sparkplug_nodes(actor: Actor) -> QuerySet[SparkplugNode]:
    """The nodes of gateways the actor may see; those that wait have no place and are seen by who manages devices."""
    seen = visible(actor, SparkplugNode.objects.all())
    if visible(actor, Gateway.objects.all(), "telemetry.device.manage").exists():
        return SparkplugNode.objects.filter(Q(gateway=None) | Q(pk__in=seen.values("pk"))).select_related("gateway")
    return seen.select_related("gateway")


def node_of(gateway: Gateway) -> SparkplugNode | None:
    """The edge node behind a gateway; None before anything was heard of it."""
    return SparkplugNode.objects.filter(name=gateway.source_name).first()


def birth_metrics(node: SparkplugNode) -> list[Found]:
    """Everything the births of a node and its devices offer, by address; what cannot be collected has no kind."""
    return [_found(address, known) for address, known in sorted(_metrics(node))]


def browse_births(node: SparkplugNode, address: str = "") -> Answer:
    """One level of the births as a tree: devices and the node's own metrics at the top, names by their strokes."""
    under = _steps(address) if address else []
    found: dict[str, Found] = {}
    for place, known in sorted(_metrics(node)):
        steps = _steps(place)
        if steps[: len(under)] != under or len(steps) == len(under):
            continue
        here = "/".join(steps[: len(under) + 1])
        if len(steps) == len(under) + 1:
            found[here] = _found(place, known, bool(found.get(here) and found[here].has_children))
        elif here in found:
            found[here].has_children = True
        else:
            name = steps[len(under)].lstrip("/")
            found[here] = Found(address=here, name=name, path="/".join(under).lstrip("/"), has_children=True)
    trouble = "" if found or address else str(NO_BIRTH)
    return Answer(found=list(found.values())[:LARGEST_FOUND], more=len(found) > LARGEST_FOUND, trouble=trouble)


def births_of(gateway: Gateway, address: str = "") -> Answer:
    """`browse_births` of the node behind a gateway, also where nothing was heard of it yet."""
    node = node_of(gateway)
    return browse_births(node, address) if node else Answer(trouble=str(NO_BIRTH))


def born_values(gateway: Gateway, addresses: Collection[str]) -> Answer:
    """What a node last said at some addresses."""
    node = node_of(gateway)
    return Answer(found=[one for one in birth_metrics(node) if one.address in addresses] if node else [])


def _metrics(node: SparkplugNode) -> Iterator[tuple[str, Known]]:
    sources = msgspec.json.decode(node.births, type=dict[str, Source])
    for device, source in sources.items():
        for name, known in source.metrics.items():
            yield address_of(device, name), known


def _steps(address: str) -> list[str]:
    """The way to a metric; a metric of the node itself keeps the stroke that tells it from a device."""
    if address.startswith("/"):
        first, *rest = address[1:].split("/")
        return [f"/{first}", *rest]
    return address.split("/")


def _found(address: str, known: Known, has_children: bool = False) -> Found:
    parents, _sign, name = address.rpartition("/")
    kind = kind_of(known.datatype)
    return Found(
        address=address, name=name, path=parents.lstrip("/"), has_children=has_children,
        kind=kind,  # type: ignore[arg-type]  # kind_of gives only kinds of tags
        type=_type_name(known.datatype), unit=known.unit, meaning=known.meaning, value=known.value,
    )  # fmt: skip


def _type_name(datatype: int) -> str:
    return Datatype(datatype).name.lower() if datatype in set(Datatype) else f"type {datatype}"


def loss_sentence() -> str:
    """What the protocol cannot promise, said wherever nodes are shown."""
    return str(LOSS_POSSIBLE)
