"""The energy a machine used, from the tag that tells it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from factory_core.plant.models import Machine
from production.oee.rules.energy import HOLDS_US, Meter, spread, tells_energy
from telemetry.devices.models import Tag, TagKind, TagRole
from telemetry.states.rules.moments import to_us

# The reading of a meter that counts up is looked for so far beyond both ends.
AROUND = timedelta(hours=1)
_READINGS = """
SELECT (extract(epoch FROM at) * 1000000)::bigint, value FROM telemetry_reading
 WHERE tag_id = %s AND at >= %s AND at < %s AND quality >= 64 AND value NOT IN ('NaN', 'Infinity', '-Infinity')
 ORDER BY at, stream_id, seq
"""


def meter_of(machine: Machine) -> Meter | None:
    """The tag that tells the machine's energy: in use, in a unit of energy or power.

    What the engineer called "energy" goes before the rest, a meter that counts up before a power.
    """
    tags = Tag.objects.filter(machine=machine, enabled=True).exclude(kind=TagKind.TEXT).exclude(unit="")
    found = [
        (role != TagRole.ENERGY, not Meter(key, unit).counts_up, key, unit)
        for key, role, unit in tags.values_list("pk", "role", "unit")
        if tells_energy(unit)
    ]
    return Meter(min(found)[2], min(found)[3]) if found else None


def energy_between(machine: Machine, borders: Sequence[datetime]) -> list[Decimal | None] | None:
    """kWh between each two neighbouring moments; None without a meter."""
    meter = meter_of(machine)
    if meter is None:
        return None
    around = AROUND if meter.counts_up else timedelta(microseconds=HOLDS_US)
    with connection.cursor() as cursor:
        until = borders[-1] + (around if meter.counts_up else timedelta())
        cursor.execute(_READINGS, [meter.tag_id, borders[0] - around, until])
        readings = cursor.fetchall()
    return spread(meter, readings, [to_us(moment) for moment in borders])
