"""The messages of Sparkplug B as protobuf types, made at run time from their field numbers."""

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE: Final = "millwright.sparkplug"
_F: Final = descriptor_pb2.FieldDescriptorProto
_SCALARS: Final = {
    "u32": _F.TYPE_UINT32, "u64": _F.TYPE_UINT64, "f": _F.TYPE_FLOAT, "d": _F.TYPE_DOUBLE, "b": _F.TYPE_BOOL,
    "s": _F.TYPE_STRING, "x": _F.TYPE_BYTES,
}  # fmt: skip
# Message → field → (number, type); a star means many, a capital letter another message.
_VALUES: Final = ("u32", "u64", "f", "d", "b", "s")
_VALUE_NAMES: Final = ("int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value")


def _values(first: int) -> dict[str, tuple[int, str]]:
    return {name: (first + n, kind) for n, (name, kind) in enumerate(zip(_VALUE_NAMES, _VALUES, strict=True))}


_MESSAGES: Final[dict[str, dict[str, tuple[int, str]]]] = {
    "Payload": {"timestamp": (1, "u64"), "metrics": (2, "*Metric"), "seq": (3, "u64"), "uuid": (4, "s"),
                "body": (5, "x")},
    "Metric": {"name": (1, "s"), "alias": (2, "u64"), "timestamp": (3, "u64"), "datatype": (4, "u32"),
               "is_historical": (5, "b"), "is_transient": (6, "b"), "is_null": (7, "b"),
               "properties": (9, "PropertySet"), **_values(10), "bytes_value": (16, "x"),
               "dataset_value": (17, "DataSet"), "template_value": (18, "Template")},
    "PropertySet": {"keys": (1, "*s"), "values": (2, "*PropertyValue")},
    "PropertyValue": {"type": (1, "u32"), "is_null": (2, "b"), **_values(3)},
    "DataSet": {"num_of_columns": (1, "u64"), "columns": (2, "*s"), "types": (3, "*u32"), "rows": (4, "*Row")},
    "Row": {"elements": (1, "*DataSetValue")},
    "DataSetValue": _values(1),
    "Template": {"version": (1, "s"), "metrics": (2, "*Metric"), "parameters": (3, "*Parameter"),
                 "template_ref": (4, "s"), "is_definition": (5, "b")},
    "Parameter": {"name": (1, "s"), "type": (2, "u32"), **_values(3)},
}  # fmt: skip


def _build() -> dict[str, Any]:
    # Fields know whether they were sent, as in proto2; texts that are no UTF-8 are an error, as in proto3.
    file = descriptor_pb2.FileDescriptorProto(
        name="millwright_sparkplug", package=_PACKAGE, syntax="editions", edition=descriptor_pb2.EDITION_2023
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            many, kind = kind.startswith("*"), kind.lstrip("*")
            field = message.field.add(
                name=field_name, number=number, label=_F.LABEL_REPEATED if many else _F.LABEL_OPTIONAL
            )
            if kind in _SCALARS:
                field.type = _SCALARS[kind]
            else:
                field.type, field.type_name = _F.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


_CLASSES: Final = _build()
Payload: Final[Any] = _CLASSES["Payload"]
VALUE_FIELDS: Final = _VALUE_NAMES
