"""Making reports and setting up wall displays."""

from production.reports.services.making import Reproduced, make_anew, make_report, note_taking, reproduce
from production.reports.services.walls import BadWall, WallWish, save_wall

__all__ = [
    "BadWall",
    "Reproduced",
    "WallWish",
    "make_anew",
    "make_report",
    "note_taking",
    "reproduce",
    "save_wall",
]
