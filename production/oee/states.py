"""The classes of the time account and the rule sets of the figures. Plain Python."""

from enum import StrEnum


class TimeClass(StrEnum):
    """Every second of a machine belongs to exactly one."""

    PRODUCING = "producing"
    MICRO_STOP = "micro_stop"
    UNPLANNED_STOP = "unplanned_stop"
    PLANNED_STOP = "planned_stop"
    SETUP = "setup"
    NO_ORDER = "no_order"
    NO_SHIFT = "no_shift"
    NO_DATA = "no_data"


class AccountStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class RuleSet(StrEnum):
    """What a figure of effectiveness means. ISO22400: planned stops leave the base. PLANNED_COUNT: they count as a
    loss of availability. ODOO: productive time by productive and lost time, without rate and quality."""

    ISO22400 = "ISO22400"
    PLANNED_COUNT = "PLANNED_COUNT"
    ODOO = "ODOO"
