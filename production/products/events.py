"""What happens to bills of materials, routings and work centres, told as a person would."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from production.products.states import CheckKind, CheckWhen, CountBy, DesignStatus, IssuePolicy, LineKind, TimeRule

BOM_DRAFTED = EventType("products.bom_drafted", _("Bill of materials {about[0]} was drafted"))
BOM_COPIED = EventType("products.bom_copied", _("Bill of materials {about[0]} was drafted as a copy of {copied}"))
BOM_CHANGED = EventType("products.bom_changed", _("Bill of materials {about[0]} was changed: {what}"))
BOM_RELEASED = EventType("products.bom_released", _("Bill of materials {about[0]} was released, valid from {since}"))
BOM_ENDED = EventType("products.bom_ended", _("Bill of materials {about[0]} holds until before {until}"))
BOM_RETIRED = EventType("products.bom_retired", _("Bill of materials {about[0]} became obsolete: {reason}"))
BOM_REMOVED = EventType(
    "products.bom_removed", _("The draft {code} of the bill of materials of {about[0]} was removed")
)
LINE_ADDED = EventType("products.line_added", _("{quantity} {unit} of {component} were added to {about[0]}"))
LINE_CHANGED = EventType("products.line_changed", _("{component} in {about[0]} was changed: {what}"))
LINE_REMOVED = EventType("products.line_removed", _("{component} was taken out of {about[0]}"))
LINES_ARRANGED = EventType("products.lines_arranged", _("The lines of {about[0]} were put in another order"))
ALTERNATE_SET = EventType("products.alternate_set", _("{alternate} may be used instead of {component} in {about[0]}"))
ALTERNATE_REMOVED = EventType(
    "products.alternate_removed", _("{alternate} may no longer be used instead of {component} in {about[0]}")
)
ROUTING_DRAFTED = EventType("products.routing_drafted", _("Routing {about[0]} was drafted"))
ROUTING_COPIED = EventType("products.routing_copied", _("Routing {about[0]} was drafted as a copy of {copied}"))
ROUTING_CHANGED = EventType("products.routing_changed", _("Routing {about[0]} was changed: {what}"))
ROUTING_RELEASED = EventType("products.routing_released", _("Routing {about[0]} was released, valid from {since}"))
ROUTING_ENDED = EventType("products.routing_ended", _("Routing {about[0]} holds until before {until}"))
ROUTING_RETIRED = EventType("products.routing_retired", _("Routing {about[0]} became obsolete: {reason}"))
ROUTING_REMOVED = EventType("products.routing_removed", _("The draft {code} of the routing of {about[0]} was removed"))
OPERATION_ADDED = EventType("products.operation_added", _("Operation {operation} was added to {about[0]}"))
OPERATION_CHANGED = EventType(
    "products.operation_changed", _("Operation {operation} of {about[0]} was changed: {what}")
)
OPERATION_REMOVED = EventType("products.operation_removed", _("Operation {operation} was taken out of {about[0]}"))
CENTRE_ADDED = EventType("products.centre_added", _("Work centre {about[0]} was set up"))
CENTRE_CHANGED = EventType("products.centre_changed", _("Work centre {about[0]} was changed: {what}"))

STATUS_WORDS = {
    DesignStatus.DRAFT: _("draft"),
    DesignStatus.RELEASED: _("released"),
    DesignStatus.OBSOLETE: _("obsolete"),
}
KIND_WORDS = {
    LineKind.COMPONENT: _("component"),
    LineKind.CO_PRODUCT: _("co-product"),
    LineKind.BY_PRODUCT: _("by-product"),
}
ISSUE_WORDS = {
    IssuePolicy.STEP: _("by itself at its step"),
    IssuePolicy.END: _("by itself at the end"),
    IssuePolicy.PICKED: _("real lots by hand"),
}
COUNT_WORDS = {
    CountBy.MACHINE: _("the machine"),
    CountBy.PERSON: _("people"),
    CountBy.BOTH: _("the machine, people report the rest"),
}
TIME_WORDS = {
    TimeRule.EACH: _("each counts fully"),
    TimeRule.SHARED: _("they share the time"),
}
CHECK_KIND_WORDS = {
    CheckKind.NUMBER: _("number"),
    CheckKind.YES_NO: _("yes or no"),
    CheckKind.CHOICE: _("choice"),
    CheckKind.DATE: _("date"),
    CheckKind.TEXT: _("text"),
    CheckKind.PHOTO: _("photo"),
}
CHECK_WHEN_WORDS = {
    CheckWhen.FIRST: _("at the first piece"),
    CheckWhen.EVERY: _("every so many pieces"),
    CheckWhen.LAST: _("at the last piece"),
}
