"""Acts on bills of materials, routings and work centres."""

from production.products.services.boms import change_bom, copy_bom, draft_bom, release_bom, remove_bom, retire_bom
from production.products.services.centres import WorkCentreInUse, change_centre, create_centre
from production.products.services.common import BadDesign, DesignStands, NothingInIt, OneReleasedADay
from production.products.services.lines import (
    add_line,
    arrange_lines,
    change_line,
    move_line,
    remove_alternate,
    remove_line,
    set_alternate,
)
from production.products.services.operations import (
    add_operation,
    change_operation,
    remove_check,
    remove_instruction,
    remove_operation,
    set_check,
    set_instruction,
)
from production.products.services.routings import (
    change_routing,
    copy_routing,
    draft_routing,
    release_routing,
    remove_routing,
    retire_routing,
)

__all__ = [
    "BadDesign", "DesignStands", "NothingInIt", "OneReleasedADay", "WorkCentreInUse", "add_line", "add_operation",
    "arrange_lines", "change_bom", "change_centre", "change_line", "change_operation", "change_routing", "copy_bom",
    "copy_routing", "create_centre", "draft_bom", "draft_routing", "move_line", "release_bom", "release_routing",
    "remove_alternate", "remove_bom", "remove_check", "remove_instruction", "remove_line", "remove_operation",
    "remove_routing", "retire_bom", "retire_routing", "set_alternate", "set_check", "set_instruction",
]  # fmt: skip
