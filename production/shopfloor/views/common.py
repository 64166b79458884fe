"""What the screens of the shop floor share."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.clock import now
from factory_core.errors import Missing
from factory_core.plant.models import Machine
from factory_core.web.doors import signed_in
from production.shopfloor.queries.floor import as_it_stands, machines_seen_by


class NoSuchMachine(Missing):
    """The machine does not exist, or the asker may not see it."""

    code = "no_such_machine"


def machine_or_missing(request: HttpRequest, code: str, capability: str = "production.view") -> Machine:
    """The machine of a page, as it stands. Raises NoSuchMachine."""
    found = as_it_stands(machines_seen_by(signed_in(request), capability).filter(code=code)).first()
    if found is None:
        raise NoSuchMachine(_("There is no machine %(code)s that you may see.") % {"code": code})
    return found


def at_site(
    request: HttpRequest, machine: Machine, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render with the clock of the machine's site."""
    zone = machine.line.area.site.zone
    with timezone.override(zone):
        return render(request, template, {"now": now().astimezone(zone), **context}, status=status)
