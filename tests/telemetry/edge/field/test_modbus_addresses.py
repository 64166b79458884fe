"""Where a value stands in a Modbus device, what its registers mean, and which are asked for together."""

import pytest

from telemetry.edge.devices import Tag
from telemetry.edge.drivers.modbus.registers import Place, limits, place, value
from telemetry.edge.drivers.modbus.templates import templates
from telemetry.edge.drivers.plan import BadAddress, groups, readable


@pytest.mark.parametrize(
    ("address", "type_name", "expected"),
    [
        ("holding:100", "", Place("holding", 100, 1, "uint16")),
        ("input:3", "float32", Place("input", 3, 2, "float32")),
        ("holding:65532", "float64", Place("holding", 65_532, 4, "float64")),
        ("coil:0", "", Place("coil", 0, 1, "bool")),
        ("discrete:7", "bool", Place("discrete", 7, 1, "bool")),
        ("holding:100.15", "", Place("holding", 100, 1, "bool", 15)),
        (" holding:8 ", "string:12", Place("holding", 8, 12, "string:12")),
    ],
)
def test_an_address_and_a_type_name_a_place(address, type_name, expected):
    assert place(address, type_name) == expected


@pytest.mark.parametrize(
    ("address", "type_name", "sentence"),
    [
        ("40101", "", "'40101' is a reference number of a manual, which mostly means 'holding:100' (counted from 0)."),
        ("30001", "", "which mostly means 'input:0'"),
        ("register 5", "", "'register 5' is not a Modbus address. Expected 'holding:100', 'input:3',"),
        ("holding:-1", "", "is not a Modbus address"),
        ("holding:1", "float", "has the type 'float'. Expected one of int16, uint16,"),
        ("holding:1", "string:121", "Expected one of int16, uint16, int32"),
        ("holding:1", "string:0", "(1 to 120 registers)"),
        ("holding:65535", "uint32", "ends behind register 65535"),
        ("holding:70000", "", "ends behind register 65535"),
        ("coil:3.1", "", "'coil:3.1' is one bit. Expected type bool"),
        ("coil:3", "uint16", "Expected type bool and no '.<bit>', found 'uint16'"),
        ("holding:3.16", "", "Expected bit 0 to 15"),
        ("holding:3.4", "int16", "Expected bit 0 to 15 and type bool, found 'int16'"),
    ],
)
def test_what_cannot_be_meant_is_said(address, type_name, sentence):
    with pytest.raises(BadAddress) as refusal:
        place(address, type_name)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("address", "type_name", "words", "registers", "expected"),
    [
        ("holding:0", "int16", "big", [0xCFC7], (-12345, 192)),
        ("holding:0", "uint32", "big", [0x0001, 0x0002], (65_538, 192)),
        ("holding:0", "uint32", "little", [0x0001, 0x0002], (131_073, 192)),
        ("holding:0", "float32", "little", [0x0000, 0x4050], (3.25, 192)),
        ("holding:0", "int64", "little", [0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF], (-2, 192)),
        ("holding:0", "float64", "big", [0xBFB9, 0x9999, 0x9999, 0x999A], (-0.1, 192)),
        ("holding:0", "float32", "big", [0x7FC0, 0x0000], (None, 0)),
        ("holding:0", "float32", "big", [0xFF80, 0x0000], (None, 0)),
        ("holding:0.4", "", "big", [0b10000], (True, 192)),
        ("holding:0.5", "", "big", [0b10000], (False, 192)),
        ("holding:0", "bool", "big", [2], (True, 192)),
        ("coil:0", "", "big", [False], (False, 192)),
        ("holding:0", "string:3", "little", [0x4162, 0x6300, 0x7A7A], ("Abc", 192)),
        ("holding:0", "string:2", "big", [0xFF41, 0x2020], ("�A", 192)),
    ],
)
def test_registers_become_values(address, type_name, words, registers, expected):
    number, quality = value(place(address, type_name), words, registers)
    assert (number, quality) == expected
    assert type(number) is type(expected[0])


def planned(*addresses: str, **periods: float) -> list[tuple[str, int, float]]:
    tags = [Tag(name=one, address=one, period_s=periods.get(one.replace(":", "_"), 1.0)) for one in addresses]
    return [(str(group), len(group.fields), group.period_s) for group in groups(readable(tags, place)[0], limits)]


def test_neighbours_of_one_period_share_a_request():
    assert planned("holding:9", "holding:0", "holding:0.3", "holding:18", "input:0", "holding:28") == [
        ("holding:0 to 18", 4, 1.0),
        ("holding:28", 1, 1.0),
        ("input:0", 1, 1.0),
    ]


def test_a_gap_of_eight_registers_is_bridged_and_one_of_nine_is_not():
    assert planned("holding:0", "holding:9") == [("holding:0 to 9", 2, 1.0)]
    assert planned("holding:0", "holding:10") == [("holding:0", 1, 1.0), ("holding:10", 1, 1.0)]


def test_a_request_has_at_most_120_registers():
    assert planned(*(f"holding:{at}" for at in range(250))) == [
        ("holding:0 to 119", 120, 1.0),
        ("holding:120 to 239", 120, 1.0),
        ("holding:240 to 249", 10, 1.0),
    ]


def test_a_long_string_keeps_its_neighbours_out():
    tags = [Tag(name="s", address="holding:0", type="string:120"), Tag(name="n", address="holding:60")]
    both = [*tags, Tag(name="after", address="holding:120")]
    assert [str(group) for group in groups(readable(both, place)[0], limits)] == ["holding:0 to 119", "holding:120"]


def test_other_periods_are_other_requests():
    assert planned("holding:0", "holding:1", holding_1=0.2) == [("holding:1", 1, 0.2), ("holding:0", 1, 1.0)]


def test_register_maps_are_readable_and_unambiguous():
    assert set(templates()) == {
        "energy-meter-sdm630",
        "holding-registers-32",
        "inputs-outputs-16",
        "sunspec-meter-float",
    }
    for key, template in templates().items():
        names = [register.name for register in template.registers]
        places = [(register.table, register.offset) for register in template.registers]
        assert len(set(names)) == len(names) == len(set(places)), key
    meter = {one.name: one.offset for one in templates()["sunspec-meter-float"].registers}
    assert (meter["A"], meter["Hz"], meter["W"], meter["TotWhImp"], meter["Evt"]) == (2, 26, 28, 68, 124)
