"""What a label can be of."""

from enum import StrEnum


class LabelSubject(StrEnum):
    ITEM = "ITEM"
    LOT = "LOT"
    LOCATION = "LOCATION"
    PALLET = "PALLET"
    DISPATCH = "DISPATCH"
