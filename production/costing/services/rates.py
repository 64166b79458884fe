"""Rates and prices from a day on: each stays as history, the same day again corrects it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.access.versions import refuse_stale
from factory_core.errors import Invalid
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Site
from production.costing import events
from production.costing.models import EnergyPrice, LabourRate, Rate
from production.costing.states import OverheadBase
from production.products.models import WorkCentre

MANAGE = "production.cost.manage"
Row = TypeVar("Row", Rate, LabourRate, EnergyPrice)


class BadRate(Invalid):
    """A rate is no amount from zero up, or names what does not exist."""

    code = "bad_rate"


def set_rate(
    *,
    actor: User,
    work_centre: WorkCentre,
    valid_from: date,
    at: datetime,
    machine_hour: Decimal = Decimal(0),
    labour_hour: Decimal = Decimal(0),
    overhead_hour: Decimal = Decimal(0),
    overhead_base: str = OverheadBase.LABOUR_HOURS,
    version: int | None = None,
) -> Rate:
    """Say what an hour costs at a work centre from a day on. Raises BadRate, Forbidden, StaleVersion."""
    require(actor, MANAGE, work_centre)
    if overhead_base not in list(OverheadBase):
        raise BadRate(_("Overhead is laid on labour hours or on machine hours."))
    row = Rate.objects.select_for_update().filter(work_centre=work_centre, valid_from=valid_from).first()
    wish = {
        "machine_hour": _amount(machine_hour), "labour_hour": _amount(labour_hour),
        "overhead_hour": _amount(overhead_hour), "overhead_base": overhead_base, "currency": settings.CURRENCY,
    }  # fmt: skip
    row = _stored(actor, row or Rate(work_centre=work_centre, valid_from=valid_from), wish, version)
    publish(events.RATE_SET, about=[work_centre, work_centre.line.area.site], at=at, actor=actor, valid_from=valid_from)
    return row


def set_labour_rate(
    *,
    actor: User,
    site: Site,
    hour: Decimal,
    valid_from: date,
    at: datetime,
    username: str = "",
    version: int | None = None,
) -> LabourRate:
    """Say what an hour of a person (without a name: of everybody) really costs from a day on.

    Raises BadRate, Forbidden, StaleVersion.
    """
    require(actor, MANAGE, site)
    name = username.strip()
    if name and not User.objects.filter(username=name).exists():
        raise BadRate(_("Nobody is called %(name)s.") % {"name": name[:40]})
    row = LabourRate.objects.select_for_update().filter(site=site, username=name, valid_from=valid_from).first()
    wish = {"hour": _amount(hour), "currency": settings.CURRENCY}
    row = _stored(actor, row or LabourRate(site=site, username=name, valid_from=valid_from), wish, version)
    publish(events.LABOUR_RATE_SET, about=[site], at=at, actor=actor, valid_from=valid_from)
    return row


def set_energy_price(
    *, actor: User, site: Site, price: Decimal, valid_from: date, at: datetime, version: int | None = None
) -> EnergyPrice:
    """Say what a kilowatt hour costs a site from a day on. Raises BadRate, Forbidden, StaleVersion."""
    require(actor, MANAGE, site)
    row = EnergyPrice.objects.select_for_update().filter(site=site, valid_from=valid_from).first()
    wish = {"price": _amount(price), "currency": settings.CURRENCY}
    row = _stored(actor, row or EnergyPrice(site=site, valid_from=valid_from), wish, version)
    publish(events.ENERGY_PRICE_SET, about=[site], at=at, actor=actor, valid_from=valid_from)
    return row


def _amount(said: Decimal) -> Decimal:
    if not said.is_finite() or said < 0 or said >= 10**12:
        raise BadRate(_("An hour costs nothing or more; %(said)s cannot be.") % {"said": said})
    return said


def _stored(actor: User, row: Row, wish: dict[str, Any], version: int | None) -> Row:
    if row.pk is None:
        for name, value in wish.items():
            setattr(row, name, value)
        row.save()
        return row
    refuse_stale(actor, row, version, list(wish))
    changed: list[str] = [name for name, value in wish.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wish[name])
    if changed:
        row.version += 1
        row.save(update_fields=[*changed, "version", "updated_at"])
    return row
