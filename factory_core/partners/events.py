"""What happens to customers and suppliers."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

PARTNER_ADDED = EventType("partners.partner_added", _("{about[0]} was added as a partner"))
PARTNER_CHANGED = EventType("partners.partner_changed", _("Partner {about[0]} was changed: {fields}"))
ADDRESS_ADDED = EventType("partners.address_added", _("{about[0]} got the address {address}"))
ADDRESS_CHANGED = EventType("partners.address_changed", _("An address of {about[0]} was changed to {address}"))
