"""Names on the wire: `spBv1.0/<group>/<verb>/<node>[/<device>]`, and the address of a metric as a tag knows it."""

from typing import Final, NamedTuple

SPACE: Final = "spBv1.0"
EVERYTHING: Final = f"{SPACE}/#"
NODE_VERBS: Final = frozenset({"NBIRTH", "NDATA", "NDEATH"})
DEVICE_VERBS: Final = frozenset({"DBIRTH", "DDATA", "DDEATH"})
MAX_ID: Final = 120
# Group and node together name a gateway.
MAX_NODE: Final = 200


class Topic(NamedTuple):
    """Who speaks: `device` is empty for the edge node itself."""

    group: str
    verb: str
    node: str
    device: str

    @property
    def node_key(self) -> tuple[str, str]:
        """Group and node: names an edge node."""
        return self.group, self.node


def parse(topic: str) -> Topic | None:
    """A topic that brings births, data or deaths; None for commands, states of hosts, and foreign topics."""
    steps = topic.split("/")
    if len(steps) not in (4, 5) or steps[0] != SPACE or not all(_is_name(step) for step in steps):
        return None
    found = Topic(steps[1], steps[2], steps[3], steps[4] if len(steps) == 5 else "")
    if len(found.group) + 1 + len(found.node) > MAX_NODE:
        return None
    if found.verb not in (DEVICE_VERBS if found.device else NODE_VERBS):
        return None
    return found


def _is_name(step: str) -> bool:
    """Something that people can read and type again."""
    return 0 < len(step) <= MAX_ID and step.isprintable() and step == step.strip()


def command_topic(group: str, node: str) -> str:
    """Where an edge node listens."""
    return f"{SPACE}/{group}/NCMD/{node}"


def state_topic(host_id: str) -> str:
    """Where this host says whether it is there."""
    return f"{SPACE}/STATE/{host_id}"


def old_state_topic(host_id: str) -> str:
    """The same, before version 3 of the specification."""
    return f"STATE/{host_id}"


def address_of(device: str, metric: str) -> str:
    """A metric's place within its edge node; a metric of the node itself begins with a stroke."""
    return f"{device}/{metric}"


def name_of(address: str) -> str:
    """The tag's name that an address suggests: no spaces, no stroke at the start."""
    return "_".join(address.lstrip("/").split())[:200]
