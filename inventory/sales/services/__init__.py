"""Acts of selling."""

from inventory.sales.services.call_offs import call_off, change_call_off, close_call_off
from inventory.sales.services.lines import LineWish, add_line, change_line, close_line, remove_line
from inventory.sales.services.orders import (
    cancel_order,
    change_order,
    close_order,
    confirm_order,
    copy_order,
    create_order,
    reopen_order,
)

__all__ = [
    "LineWish",
    "add_line",
    "call_off",
    "cancel_order",
    "change_call_off",
    "change_line",
    "change_order",
    "close_call_off",
    "close_line",
    "close_order",
    "confirm_order",
    "copy_order",
    "create_order",
    "remove_line",
    "reopen_order",
]
