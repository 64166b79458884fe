"""GS1 element strings of our own labels, written so that every scanner reads them unambiguously."""

import re
from datetime import date
from decimal import Decimal

from inventory.labels.rules.codes import SEPARATOR

# GS1's set of signs for numbers of lots, serials and items.
_SIGNS = re.compile(r"[!-\"%-/0-9:-?A-Z_a-z]+\Z")
LONGEST = {"10": 20, "21": 20, "240": 30, "30": 8}


def element_string(
    *,
    gtin: str = "",
    item_number: str = "",
    sscc: str = "",
    expires_on: date | None = None,
    count: Decimal | None = None,
    lot: str = "",
    serial: str = "",
) -> str:
    """The element string, with a leading separator as the sign that it is one; empty where GS1 cannot say it.

    Elements of fixed length come first and the lot or serial last, so that only elements between two others need a
    separator. `gtin` has 14 digits. An item without GTIN is named by the plant's own number (240).
    """
    if sscc:
        return f"{SEPARATOR}00{sscc}"
    fixed = [f"01{gtin}"] if gtin else []
    if expires_on:
        fixed.append(f"17{expires_on:%y%m%d}")
    whole = count is not None and count == count.to_integral_value() and 0 < count < 10 ** LONGEST["30"]
    wanted = (
        ("240", "" if gtin else item_number),
        ("30", str(int(count)) if whole and count is not None else ""),
        ("10", lot),
        ("21", serial),
    )
    open_ended = [(identifier, value) for identifier, value in wanted if value]
    if not gtin and not item_number:
        return ""
    if any(len(value) > LONGEST[name] or not _SIGNS.match(value) for name, value in open_ended):
        return ""
    # The item comes before its expiry also where only an open-ended number names it.
    return SEPARATOR + "".join(fixed) + SEPARATOR.join(f"{name}{value}" for name, value in open_ended)
