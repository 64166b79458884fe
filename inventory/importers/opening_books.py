"""What the books were opened with on a day, by the places that files of the old system name."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from factory_core.importing.kinds import Value
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.stock.models import Location
from inventory.stock.states import LocationKind


def opened_with(rows: Any) -> Any:
    """Rows of opening stock up to a day: what lies in a shelf or bin stands at the place around it, as in the file."""

    def on_day(actor: User, site: Site, day: date) -> Iterator[Mapping[str, Value]]:
        bins = Location.objects.filter(site=site, kind=LocationKind.BIN, parent__isnull=False)
        around = dict(bins.values_list("code", "parent__code"))
        for row in rows(actor, site):
            if row["dated_on"] <= day:
                yield {**row, "location": around.get(row["location"], row["location"])}

    return on_day
