"""What happens to downtimes."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

DOWNTIME_STARTED = EventType("downtime.started", _("{about[1]} stopped"))
DOWNTIME_ENDED = EventType("downtime.ended", _("{about[1]} ran again after {length}"))
DOWNTIME_FOUND = EventType("downtime.found", _("A stop of {length} at {about[1]} came to light"))
DOWNTIME_EXPLAINED = EventType("downtime.explained", _("The stop at {about[1]} got the reason {reason}"))
REASON_CHANGED = EventType(
    "downtime.reason_changed", _("The reason of the stop at {about[1]} changed from {before} to {reason}")
)
REASON_FROM_MACHINE = EventType("downtime.reason_from_machine", _("{about[1]} named the reason {reason} itself"))
REASON_TAKEN_BACK = EventType(
    "downtime.reason_taken_back", _("The reason {before} of the stop at {about[1]} was taken back")
)
DOWNTIME_NOTED = EventType("downtime.noted", _("Note on the stop at {about[1]}: {note}"))
DOWNTIME_SPLIT = EventType("downtime.split", _("The stop at {about[1]} was split in two"))
SPLIT_UNDONE = EventType("downtime.split_undone", _("The two parts of the stop at {about[1]} became one again"))
DOWNTIMES_MERGED = EventType("downtime.merged", _("{count} stops at {about[1]} became one"))
MERGE_UNDONE = EventType("downtime.merge_undone", _("The merged stops at {about[1]} were taken apart again"))
CORRECTION_PROPOSED = EventType(
    "downtime.correction_proposed", _("Late data says that the stop at {about[1]} was different: {proposal}")
)
DOWNTIME_CORRECTED = EventType("downtime.corrected", _("The stop at {about[1]} was corrected by late data: {proposal}"))
CORRECTION_REJECTED = EventType(
    "downtime.correction_rejected", _("The correction of the stop at {about[1]} was turned down")
)
CORRECTION_WITHDRAWN = EventType(
    "downtime.correction_withdrawn", _("The correction of the stop at {about[1]} is no longer needed")
)
