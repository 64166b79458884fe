"""Site › Area › Line › Machine: the role-based equipment hierarchy of ISA-95 part 1."""

from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.tables import Record

code_validator = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$",
    _("Use letters, digits, '-' and '_', at most 40, starting with a letter or digit."),
)


def place_permissions() -> list[tuple[str, Any]]:
    """One guardian permission per role: holding `as_operator` on a line is being operator there."""
    from factory_core.access.roles import ROLES

    return [(f"as_{role}", f"Is {role} here") for role in ROLES]


class Place(Record):
    """A node of the plant; the ground on which rights stand."""

    scope_path = ""
    view_capability = "plant.view"

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Site(Place):
    """A plant with one time zone and one calendar of holidays."""

    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Berlin")

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["code"]
        permissions = place_permissions()

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone as an object."""
        return ZoneInfo(self.time_zone)


class Area(Place):
    """A part of a site: a hall, a department."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="areas", verbose_name=_("site"))

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["code"]
        permissions = place_permissions()


class Line(Place):
    """Machines that work together, in the order in which material flows."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="lines", verbose_name=_("area"))

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["code"]
        permissions = place_permissions()


class Machine(Place):
    """A work unit whose state the plant follows."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="machines", verbose_name=_("line"))
    position = models.PositiveIntegerField(_("place in the flow"), default=0)
    # A stop shorter than this asks nobody for a reason (03-ux R5).
    stop_limit_s = models.PositiveIntegerField(_("a stop needs a reason after (s)"), default=300)

    class Meta:
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        ordering = ["line__code", "position", "code"]
        permissions = place_permissions()
