"""Looking through an agent's probe: devices, components, data items, with their types, units and present values."""

from __future__ import annotations

from typing import Literal
from xml.etree.ElementTree import Element  # only the type: the reading is done by defusedxml

from telemetry.edge.devices import MTConnect
from telemetry.edge.drivers.mtconnect.client import Agent
from telemetry.edge.drivers.mtconnect.document import Conditions, Streams, child, local
from telemetry.edge.questions import LARGEST_FOUND, Answer, Found, Question
from telemetry.wire import Quality, Value


def ask(device: MTConnect, question: Question) -> Answer:
    """`browse`: what a device or component (its id) holds, at the top the devices. `read`: values of data items."""
    with Agent(device) as agent:
        values = _values(agent.current())
        if question.kind == "read":
            found = [_read(address, values) for address in question.addresses[:LARGEST_FOUND]]
            return Answer(id=question.id, found=found, more=len(question.addresses) > LARGEST_FOUND)
        probe = agent.probe()
    found, known = _browse(probe, question.address, values)
    if not known:
        return Answer(id=question.id, trouble=f"{agent.where} has no component {question.address!r} in its probe.")
    return Answer(id=question.id, found=found[:LARGEST_FOUND], more=len(found) > LARGEST_FOUND)


def _values(now: Streams) -> dict[str, tuple[Value, int]]:
    conditions, values = Conditions(), {}
    for seen in now.observations:
        value, quality = seen.value, int(seen.quality)
        if seen.level:
            value, _, quality = conditions.level(seen)
        values[seen.item] = (value, quality)
    return values


def _read(address: str, values: dict[str, tuple[Value, int]]) -> Found:
    value, quality = values.get(address, (None, int(Quality.CONFIGURATION_ERROR)))
    return Found(address=address, name=address, value=value, quality=quality)


def _browse(root: Element, address: str, values: dict[str, tuple[Value, int]]) -> tuple[list[Found], bool]:
    devices = child(root, "Devices")
    if not address:
        return [_branch(each, "") for each in ([] if devices is None else devices)], True
    for path, component in _components(devices, ""):
        if component.get("id") == address:
            here = f"{path}/{_name(component)}".lstrip("/")
            found = [_item(each, here, values) for each in child(component, "DataItems") or ()]
            return found + [_branch(each, here) for each in child(component, "Components") or ()], True
    return [], False


def _components(parent: Element | None, path: str) -> list[tuple[str, Element]]:
    found: list[tuple[str, Element]] = []
    for component in [] if parent is None else parent:
        found.append((path, component))
        found.extend(_components(child(component, "Components"), f"{path}/{_name(component)}".lstrip("/")))
    return found


def _name(element: Element) -> str:
    return element.get("name") or local(element)


def _branch(component: Element, path: str) -> Found:
    return Found(
        address=component.get("id", ""), name=_name(component), path=path, has_children=True, meaning=local(component)
    )


def _item(item: Element, path: str, values: dict[str, tuple[Value, int]]) -> Found:
    address = item.get("id", "")
    value, quality = values.get(address, (None, int(Quality.WAITING_FOR_FIRST)))
    category = item.get("category", "")
    meaning = item.get("type", "") + (f" {item.get('subType')}" if item.get("subType") else "")
    return Found(
        address=address,
        name=item.get("name") or address,
        path=path,
        kind=_kind(category, item, value),
        type=category,
        unit=item.get("units", ""),
        meaning=meaning,
        value=value,
        quality=quality,
    )


def _kind(category: str, item: Element, value: Value) -> Literal["number", "text", "counter"]:
    if item.get("type") in {"PART_COUNT", "BLOCK_COUNT", "CYCLE_COUNT"}:
        return "counter"
    several = item.get("units", "").endswith("_3D") or item.get("representation", "VALUE") != "VALUE"
    if (category == "SAMPLE" and not several) or isinstance(value, (int, float)):
        return "number"
    return "text"
