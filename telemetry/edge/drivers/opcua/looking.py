"""Looking through a server for the engineer: what lies under a node, and what some nodes say now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from telemetry.edge.devices import OpcUa
from telemetry.edge.drivers.opcua import addresses, connecting, describing, values
from telemetry.edge.drivers.opcua import library as ua
from telemetry.edge.drivers.opcua.running import run
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.questions import LARGEST_FOUND, Answer, Found, Question
from telemetry.wire import Quality

LONGEST_S = 15.0
_DEEPEST = 12
_BITE = 100


def answer(device: OpcUa, question: Question) -> Answer:
    """Answers one question with a connection of its own, in limited time. Raises Trouble."""
    return run(_answer(device, question))


async def _answer(device: OpcUa, question: Question) -> Answer:
    try:
        async with asyncio.timeout(LONGEST_S), connecting.opened(device) as client:
            try:
                look = Look(client)
                await look.begin()
                if question.kind == "read":
                    return Answer(id=question.id, found=await look.read(question.addresses[:LARGEST_FOUND]))
                found, more = await look.browse(question.address)
                return Answer(id=question.id, found=found, more=more)
            except (OSError, ua.UaError) as error:
                raise Trouble(connecting.sentence(error, device)) from error
            except addresses.BadAddress as error:
                raise Trouble(str(error)) from error
    except TimeoutError as error:
        raise Trouble(
            f"Looking into {device.url} took longer than {LONGEST_S:g} s. Try a smaller part of it."
        ) from error


class Look:
    """One open session used for looking."""

    def __init__(self, client: ua.Client) -> None:
        self._client = client.uaclient
        self._namespaces: Sequence[str] = []

    async def begin(self) -> None:
        """Learns the server's namespaces."""
        (known,) = await self._attributes([ua.node(ua.ObjectIds.Server_NamespaceArray)])
        self._namespaces = values.texts(values.variant_of(known))

    async def read(self, wanted: Sequence[str]) -> list[Found]:
        """The values at some addresses; what cannot be read has a bad quality and says why in `meaning`."""
        found: list[Found] = []
        for address in wanted:
            one = Found(address=address, name=address, quality=Quality.CONFIGURATION_ERROR)
            found.append(one)
            try:
                places = addresses.places(address, self._namespaces)
            except addresses.BadAddress as error:
                one.meaning = str(error)
                continue
            for place in places:
                (said,) = await self._attributes([place.node], element=place.element)
                one.meaning = ""
                describing.fill(one, said, place.element)
                if one.quality != Quality.CONFIGURATION_ERROR:
                    break
        return found

    async def browse(self, address: str) -> tuple[list[Found], bool]:
        """The children of a node (of the folder Objects for ""), at most 500, and whether there are more."""
        top = addresses.node_id(address, self._namespaces) if address else ua.node(ua.ObjectIds.ObjectsFolder)
        references, more = await self._children(top)
        path = await self._path(top) if address else ""
        found = [self._found(reference, path) for reference in references]
        await self._describe(references, found)
        if not more:
            found += (await self._elements(top, address, path))[: LARGEST_FOUND - len(found)]
        return found, more

    async def _children(self, top: ua.NodeId) -> tuple[list[Any], bool]:
        (result,) = await self._browse([_children_of(top)], LARGEST_FOUND + 1)
        if not result.StatusCode.is_good():
            raise Trouble(f"The server does not show what lies under this node: {result.StatusCode.name}.")
        by_node = {reference.NodeId: reference for reference in result.References or []}
        point = result.ContinuationPoint
        while point and len(by_node) <= LARGEST_FOUND:
            (result,) = await self._next([point], release=False)
            by_node.update((reference.NodeId, reference) for reference in result.References or [])
            point = result.ContinuationPoint
        if point:
            await self._next([point], release=True)
        references = list(by_node.values())
        return references[:LARGEST_FOUND], bool(point) or len(references) > LARGEST_FOUND

    async def _path(self, top: ua.NodeId) -> str:
        """The names from the folder Objects down to a node. A server may know no way up; then it ends there."""
        names: list[str] = []
        at, ends = top, {ua.node(ua.ObjectIds.ObjectsFolder), ua.node(ua.ObjectIds.RootFolder)}
        (name,) = await self._attributes([top], ua.AttributeIds.DisplayName)
        names.append(str(values.plain(values.variant_of(name)) or ""))
        for _ in range(_DEEPEST):
            up = _references(at, ua.BrowseDirection.Inverse, ua.ObjectIds.HierarchicalReferences)
            (result,) = await self._browse([up], 1)
            if result.ContinuationPoint:
                await self._next([result.ContinuationPoint], release=True)
            if not result.References or result.References[0].NodeId in ends:
                break
            at = ua.node(result.References[0].NodeId.Identifier, result.References[0].NodeId.NamespaceIndex)
            names.append(result.References[0].DisplayName.Text or result.References[0].BrowseName.Name)
        return "/".join(reversed(names))

    def _found(self, reference: Any, path: str) -> Found:
        return Found(
            address=addresses.written(reference.NodeId, self._namespaces),
            name=reference.DisplayName.Text or reference.BrowseName.Name or "",
            path=path,
            has_children=True,
        )

    async def _describe(self, references: Sequence[Any], found: Sequence[Found]) -> None:
        """Adds what the standard and the values say: type, unit, value, meaning, and whether it goes deeper."""
        nodes = [ua.node(one.NodeId.Identifier, one.NodeId.NamespaceIndex) for one in references]
        deeper = await self._have_children(references, nodes)
        kinds = {one.TypeDefinition for one in references if not one.TypeDefinition.is_null()}
        variables = [at for at, one in enumerate(references) if one.NodeClass == ua.NodeClass.Variable]
        some = [nodes[at] for at in variables]
        said = await self._attributes(some)
        types = [values.variant_of(one) for one in await self._attributes(some, ua.AttributeIds.DataType)]
        names = await self._names({*kinds, *(one for one in types if isinstance(one, ua.NodeId))})
        for at, (one, reference) in enumerate(zip(found, references, strict=True)):
            one.has_children = deeper[at]
            definition = names.get(reference.TypeDefinition, "")
            one.meaning = (
                f"{reference.BrowseName.Name}: {definition}" if definition else reference.BrowseName.Name or ""
            )
        units = await self._units(some)
        for at, value, data_type, unit in zip(variables, said, types, units, strict=True):
            one = found[at]
            one.unit = unit
            describing.fill_variable(one, value, names.get(data_type, "") if isinstance(data_type, ua.NodeId) else "")

    async def _have_children(self, references: Sequence[Any], nodes: Sequence[ua.NodeId]) -> list[bool]:
        wanted = [
            # What hangs on a variable besides components are its unit and range, which are shown already.
            _children_of(node)
            if one.NodeClass == ua.NodeClass.Object
            else _references(node, ua.BrowseDirection.Forward, ua.ObjectIds.HasComponent)
            for node, one in zip(nodes, references, strict=True)
        ]
        deeper: list[bool] = []
        for start in range(0, len(wanted), _BITE):
            results = await self._browse(wanted[start : start + _BITE], 1)
            deeper += [
                bool(result.References) or result.StatusCode.value == ua.StatusCodes.BadNoContinuationPoints
                for result in results
            ]
            points = [result.ContinuationPoint for result in results if result.ContinuationPoint]
            if points:
                await self._next(points, release=True)
        return deeper

    async def _units(self, nodes: Sequence[ua.NodeId]) -> list[str]:
        """The engineering units of variables that have any."""
        units = [""] * len(nodes)
        paths = [ua.unit_path(node) for node in nodes]
        held: list[tuple[int, ua.NodeId]] = []
        for start in range(0, len(paths), _BITE):
            results = await self._client.translate_browsepaths_to_nodeids(paths[start : start + _BITE])
            for at, result in enumerate(results, start):
                if result.StatusCode.is_good() and result.Targets:
                    target = result.Targets[0].TargetId
                    held.append((at, ua.node(target.Identifier, target.NamespaceIndex)))
        said = await self._attributes([node for _at, node in held])
        for (at, _node), one in zip(held, said, strict=True):
            unit = values.variant_of(one)
            if isinstance(unit, ua.EUInformation):
                units[at] = unit.DisplayName.Text or ""
        return units

    async def _names(self, nodes: set[Any]) -> dict[Any, str]:
        known = {
            node: ua.ObjectIdNames[node.Identifier]
            for node in nodes
            if node.NamespaceIndex == 0 and node.Identifier in ua.ObjectIdNames
        }
        others = [node for node in nodes if node not in known]
        asked = [ua.node(node.Identifier, node.NamespaceIndex) for node in others]
        said = await self._attributes(asked, ua.AttributeIds.BrowseName)
        for node, one in zip(others, said, strict=True):
            name = values.variant_of(one)
            known[node] = name.Name or "" if isinstance(name, ua.QualifiedName) else ""
        return known

    async def _elements(self, top: ua.NodeId, address: str, path: str) -> list[Found]:
        """The elements of an array, each something a tag can be made of."""
        (said,) = await self._attributes([top])
        value = values.variant_of(said)
        if not address or not isinstance(value, list) or (value and isinstance(value[0], list)):
            return []
        found: list[Found] = []
        for at in range(len(value)):
            one = Found(address=f"{addresses.written(top, self._namespaces)}[{at}]", name=f"[{at}]", path=path)
            describing.fill(one, said, str(at), whole=True)
            found.append(one)
        return found

    async def _attributes(
        self, nodes: Sequence[ua.NodeId], attribute: Any = ua.AttributeIds.Value, element: str = ""
    ) -> list[ua.DataValue]:
        said: list[ua.DataValue] = []
        for start in range(0, len(nodes), _BITE):
            wanted = ua.ReadParameters()
            wanted.TimestampsToReturn = ua.TimestampsToReturn.Neither
            for node in nodes[start : start + _BITE]:
                one = ua.ReadValueId()
                one.NodeId, one.AttributeId, one.IndexRange = node, attribute, element or None
                wanted.NodesToRead.append(one)
            said += await self._client.session.read(wanted)
        return said

    async def _browse(self, wanted: list[Any], most: int) -> list[Any]:
        parameters = ua.BrowseParameters()
        parameters.RequestedMaxReferencesPerNode = most
        parameters.NodesToBrowse = wanted
        return await self._client.browse(parameters) if wanted else []

    async def _next(self, points: list[bytes], *, release: bool) -> list[Any]:
        parameters = ua.BrowseNextParameters()
        parameters.ReleaseContinuationPoints = release
        parameters.ContinuationPoints = points
        return await self._client.session.browse_next(parameters)


def _children_of(node: ua.NodeId) -> Any:
    return _references(node, ua.BrowseDirection.Forward, ua.ObjectIds.HierarchicalReferences)


def _references(node: ua.NodeId, direction: Any, kind: int) -> Any:
    wanted = ua.BrowseDescription()
    wanted.NodeId = node
    wanted.BrowseDirection = direction
    wanted.ReferenceTypeId = ua.node(kind)
    wanted.IncludeSubtypes = True
    wanted.NodeClassMask = ua.NodeClass.Object | ua.NodeClass.Variable
    wanted.ResultMask = ua.BrowseResultMask.All
    return wanted
