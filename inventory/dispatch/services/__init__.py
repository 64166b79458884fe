"""Acts of dispatching."""

from inventory.dispatch.services.creating import DispatchWish, cancel_dispatch, create_dispatch, propose_again
from inventory.dispatch.services.leaving import deliver, pack, send, take_back, unpack
from inventory.dispatch.services.picking import note_short, pick, put_back, put_on_pallet

__all__ = [
    "DispatchWish",
    "cancel_dispatch",
    "create_dispatch",
    "deliver",
    "note_short",
    "pack",
    "pick",
    "propose_again",
    "put_back",
    "put_on_pallet",
    "send",
    "take_back",
    "unpack",
]
