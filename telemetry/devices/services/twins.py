"""One credential in two places: said once an hour as an event, kept on the gateway until it gets a new identity."""

from datetime import datetime, timedelta

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.live.nudge import nudge
from factory_core.people.models import User
from telemetry.devices import events
from telemetry.devices.models import GatewayHealth
from telemetry.devices.services.common import locked

SAID_AGAIN_AFTER = timedelta(hours=1)


def suspect_twin(*, actor: User, gateway_id: int, note: str, at: datetime) -> GatewayHealth:
    """Note that a gateway's credential is in use in two places. Raises NoSuchGateway."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.gateway.enrol", gateway)
    health, _new = GatewayHealth.objects.get_or_create(gateway=gateway)
    last = health.twin_suspected_at
    health.twin_suspected_at, health.twin_note = at, note[:200]
    health.save(update_fields=["twin_suspected_at", "twin_note"])
    nudge("health", t="changed")
    if last is None or at - last > SAID_AGAIN_AFTER:
        publish(events.TWIN_SUSPECTED, about=[gateway], at=at, actor=actor, note=note[:200])
    return health
