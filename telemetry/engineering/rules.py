"""Proposals for a value found in a device: its name, what it is. Plain Python; a person decides."""

import re
import unicodedata

_STATE = re.compile(r"state|status|execution|modus?$|mode|zustand|betriebsart", re.I)
_COUNT = re.compile(r"count|counter|pieces|parts|stueck|stück|zähler|scrap|ausschuss", re.I)
_ALARM = re.compile(r"alarm|fault|error|störung|stoerung|message|warn", re.I)
_ENERGY = re.compile(r"energy|power|leistung|energie|strom|current", re.I)
_ENERGY_UNITS = {"w", "kw", "mw", "wh", "kwh", "mwh", "j", "kj", "mj", "a", "ma"}


def proposed_name(owner: str, found: str) -> str:
    """`CNC01.part_count` for the machine or device CNC01 and the thing it calls PartCount."""
    plain = unicodedata.normalize("NFKD", found).encode("ascii", "ignore").decode()
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", plain)
    words = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower()
    return f"{owner}.{words or 'value'}"[:200]


def proposed_role(name: str, kind: str, unit: str = "", meaning: str = "") -> str:
    """What a value most likely is to its machine."""
    told = f"{name} {meaning}"
    if kind == "counter" or (kind in ("number", "") and _COUNT.search(told)):
        return "count"
    if unit.lower() in _ENERGY_UNITS:
        return "energy"
    if kind in ("text", "bool") and _ALARM.search(told):
        return "alarm"
    if kind != "counter" and _STATE.search(told):
        return "state"
    return "energy" if kind == "number" and _ENERGY.search(told) else "value"


def proposed_kind(kind: str, role: str) -> str:
    """The kind of tag: a number that counts is a counter."""
    return "counter" if role == "count" and kind in ("number", "") else kind or "number"
