"""Acts on downtimes: following the machine, reasons, shapes (split and merge), corrections."""

from production.downtime.services.corrections import accept_correction, reject_correction
from production.downtime.services.following import align_downtimes, tell_screens_again
from production.downtime.services.reasons import add_note, explain_downtime, take_back_reason
from production.downtime.services.shapes import merge_downtimes, split_downtime, undo_merge, undo_split

__all__ = [
    "accept_correction",
    "add_note",
    "align_downtimes",
    "explain_downtime",
    "merge_downtimes",
    "reject_correction",
    "split_downtime",
    "take_back_reason",
    "tell_screens_again",
    "undo_merge",
    "undo_split",
]
