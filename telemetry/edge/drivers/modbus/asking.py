"""What an engineer asks a Modbus device: which register maps there are, and what stands in registers now.

A Modbus device cannot tell what its registers mean. So browsing offers the maps of common devices, with the values this
device has there, as far as it answers: a map that fits shows itself by its values.
"""

from __future__ import annotations

from telemetry.edge.devices import Modbus, Tag
from telemetry.edge.drivers.modbus.client import library
from telemetry.edge.drivers.modbus.polling import connect
from telemetry.edge.drivers.modbus.registers import limits, place
from telemetry.edge.drivers.modbus.templates import Register, Template, templates
from telemetry.edge.drivers.plan import Group, groups, readable
from telemetry.edge.drivers.polling import Connection, Declined, read_once
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.questions import LARGEST_FOUND, Answer, Found, Question
from telemetry.wire import Quality, Value

_SUNSPEC_MARK = (0x5375, 0x6E53)
_SUNSPEC_STARTS = (40_000, 50_000, 0)
_LAST_MODEL = 0xFFFF
_MOST_MODELS = 50

Readings = dict[str, tuple[Value, int]]


def ask(device: Modbus, question: Question) -> Answer:
    """Lists the register maps, or one with live values, or reads addresses (`holding:100`, `holding:100 float32`)."""
    library()
    if question.kind == "read":
        return _read(device, question.addresses[:LARGEST_FOUND])
    if not question.address:
        return Answer(found=[_branch(key, template) for key, template in templates().items()])
    template = templates().get(question.address)
    if template is None:
        raise Trouble(f"There is no register map {question.address!r}. Expected one of {', '.join(templates())}.")
    return _browse(device, template)


def _branch(key: str, template: Template) -> Found:
    return Found(address=key, name=template.name, has_children=True, meaning=f"{template.meaning} {template.source}")


def _browse(device: Modbus, template: Template) -> Answer:
    try:
        connection = connect(device)
    except Trouble as trouble:
        # A map can be looked at before the device is there.
        return Answer(found=_found(template, 0, {}), trouble=str(trouble))
    try:
        base = _model_start(connection, template) if template.sunspec_models else 0
        tags = [_tag(address, register.type) for address, register in template.addresses(base)]
        return Answer(found=_found(template, base, _values(connection, tags)))
    except Trouble as trouble:
        return Answer(found=[] if template.sunspec_models else _found(template, 0, {}), trouble=str(trouble))
    finally:
        connection.close()


def _found(template: Template, base: int, values: Readings) -> list[Found]:
    return [_leaf(template, address, one, values) for address, one in template.addresses(base)]


def _leaf(template: Template, address: str, register: Register, values: Readings) -> Found:
    number, quality = values.get(f"{address} {register.type}", (None, int(Quality.WAITING_FOR_FIRST)))
    return Found(
        address=address,
        name=register.name,
        path=template.name,
        kind=register.kind,
        type=register.type,
        unit=register.unit,
        meaning=register.meaning,
        value=number,
        quality=quality,
    )


def _read(device: Modbus, asked: list[str]) -> Answer:
    """An address of a tag in the settings has that tag's type; any other may name its own after a blank."""
    known = {tag.address: tag.type for tag in device.tags}
    tags = []
    for one in asked:
        address, _, type_name = one.partition(" ")
        tags.append(_tag(address, type_name or known.get(address, "")))
    _, unreadable = readable(tags, place)
    connection = connect(device)
    try:
        values = _values(connection, tags)
    finally:
        connection.close()
    sentences = {tag.name: sentence for tag, sentence in unreadable}
    found = []
    for one, tag in zip(asked, tags, strict=True):
        number, quality = values.get(tag.name, (None, int(Quality.CONFIGURATION_ERROR)))
        meaning = sentences.get(tag.name, "")
        found.append(
            Found(address=one, name=tag.address, type=tag.type, value=number, quality=quality, meaning=meaning)
        )
    return Answer(found=found)


def _tag(address: str, type_name: str) -> Tag:
    return Tag(name=f"{address} {type_name}", address=address, type=type_name)


def _values(connection: Connection, tags: list[Tag]) -> Readings:
    return read_once(connection, groups(readable(tags, place)[0], limits))


def _model_start(connection: Connection, template: Template) -> int:
    """Where the registers of a SunSpec model begin, following the chain of models the device lists."""
    for start in _SUNSPEC_STARTS:
        try:
            mark = _words(connection, start)
        except Declined:
            continue
        if tuple(mark) != _SUNSPEC_MARK:
            continue
        at = start + 2
        for _ in range(_MOST_MODELS):
            model, length = _words(connection, at)
            if model in template.sunspec_models:
                return at
            if model == _LAST_MODEL:
                break
            at += 2 + length
        raise Trouble(f"The device speaks SunSpec, but has none of the models {template.sunspec_models}.")
    raise Trouble(f"No SunSpec mark at holding register {', '.join(map(str, _SUNSPEC_STARTS))}. Expected 'SunS' there.")


def _words(connection: Connection, start: int) -> tuple[int, int]:
    first, second = connection.read(Group("holding", start, 2, 1.0)).data
    return first, second
