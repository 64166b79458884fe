"""Target against actual, hour by hour."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.web.doors import door
from production.oee.queries.hours import Hour, hours_of, shift_asked
from production.oee.views.common import VIEW, Asked


@never_cache
@require_GET
@door(VIEW)
def hours(request: HttpRequest) -> HttpResponse:
    """A machine's shift, an hour a row; `?to=` the day, `?shift=` which of its shifts, without them the running one."""
    asked = Asked(request, days=1)
    machine = asked.chosen.machines[0]
    key = request.GET.get("shift", "")
    chosen_key = int(key) if key.isdecimal() and len(key) < 19 else None
    window, of_day = shift_asked(machine.line, asked.last, chosen_key, asked.at)
    rows = hours_of(machine, window, asked.at)
    context = {
        **asked.frame("hours"),
        "machine": machine,
        "window": window,
        "shifts": [
            (one.name, asked.address(one.on, one.on, shift=str(one.key)), one.key == window.key) for one in of_day
        ],
        "rows": [(one, _difference(one)) for one in rows],
        "good": sum((one.made.good for one in rows), Decimal(0)),
        "bad": sum((one.made.scrap + one.made.rework for one in rows), Decimal(0)),
        "so_far": sum((one.so_far or Decimal(0) for one in rows), Decimal(0)),
        "target": sum((one.target or Decimal(0) for one in rows), Decimal(0)),
    }
    with timezone.override(asked.zone):
        return render(request, "production/oee/hours.html", context)


def _difference(hour: Hour) -> Decimal | None:
    """Good pieces more (or less) than expected until now; None where nothing was to be made."""
    return None if hour.so_far is None else hour.made.good - hour.so_far
