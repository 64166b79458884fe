"""When the plant means to work: shifts, their breaks, holidays."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Line, Site
from factory_core.tables import Record


class Shift(Record):
    """A shift that repeats weekly, in the site's local time; an end at or before the start is the next day."""

    scope_path = "site"
    view_capability = "plant.view"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="shifts", verbose_name=_("site"))
    # Empty: every line of the site works it.
    line = models.ForeignKey(
        Line, on_delete=models.PROTECT, null=True, blank=True, related_name="shifts", verbose_name=_("line")
    )
    name = models.CharField(_("name"), max_length=60)
    starts = models.TimeField(_("starts"))
    ends = models.TimeField(_("ends"))
    # Monday is the lowest bit, as in ISO 8601 Monday is day 1.
    weekdays = models.PositiveSmallIntegerField(_("weekdays (bits, Monday = 1)"), default=0b0011111)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until (last day)"), null=True, blank=True)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ["site", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekdays__gte=1, weekdays__lte=0b1111111), name="shift_weekdays_seven_bits"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ShiftBreak(Record):
    """A planned pause inside a shift, in local time."""

    scope_path = "shift__site"
    view_capability = "plant.view"

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="breaks", verbose_name=_("shift"))
    starts = models.TimeField(_("starts"))
    ends = models.TimeField(_("ends"))

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        ordering = ["shift", "starts"]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"


class Holiday(Record):
    """A day on which no shift starts."""

    scope_path = "site"
    view_capability = "plant.view"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="holidays", verbose_name=_("site"))
    on = models.DateField(_("on"))
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["site", "on"]
        constraints = [models.UniqueConstraint(fields=["site", "on"], name="holiday_once_a_day")]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.name}"
