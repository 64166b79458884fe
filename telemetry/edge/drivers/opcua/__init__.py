"""OPC UA: everything subscribed, encrypted if wished, watched for silence; a server's tree can be looked through.

The library `asyncua` is imported when a session begins, so that a gateway without it can say so.
"""

from __future__ import annotations

from telemetry.edge.devices import OpcUa
from telemetry.edge.drivers.session import MissingLibrary, Out
from telemetry.edge.questions import Answer, Question


def session(device: OpcUa, out: Out) -> None:
    """Keeps one server subscribed until `out.stopping`. Raises Trouble when the connection is lost or refused."""
    try:
        from telemetry.edge.drivers.opcua.watching import watch
    except ImportError as error:
        raise _missing(error) from error
    watch(device, out)


def ask(device: OpcUa, question: Question) -> Answer:
    """What lies under a node of the server, or the values of some nodes now. Raises Trouble."""
    try:
        from telemetry.edge.drivers.opcua.looking import answer
    except ImportError as error:
        raise _missing(error) from error
    return answer(device, question)


def _missing(error: ImportError) -> MissingLibrary:
    return MissingLibrary(
        f"This gateway cannot speak OPC UA: {error}. Install the extra `opcua` (pip install 'millwright[opcua]')."
    )
