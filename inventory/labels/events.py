"""What happens to labels."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from factory_core.events.types import EventType
from inventory.labels.states import LabelSubject

LABELS_PRINTED = EventType("labels.printed", _("{copies} × label of {about[0]} printed ({template})"))
LABELS_REPRINTED = EventType(
    "labels.reprinted", _("{copies} × label of {about[0]} printed again, as reprint {turn} ({template})")
)
TEMPLATE_CREATED = EventType("labels.template_created", _("Label template {about[0]} was made"))
TEMPLATE_CHANGED = EventType("labels.template_changed", _("Label template {about[0]} was changed"))

SUBJECT_WORDS = {
    LabelSubject.ITEM: _("item"),
    LabelSubject.LOT: _("lot"),
    LabelSubject.LOCATION: _("place"),
    LabelSubject.PALLET: _("pallet"),
    LabelSubject.DISPATCH: pgettext_lazy("a thing", "dispatch"),
}
