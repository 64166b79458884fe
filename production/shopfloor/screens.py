"""Small things that screens offer."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from production.shopfloor.states import HelpKind


@dataclass(frozen=True)
class Option:
    """A button: what is sent, what is shown."""

    code: str
    name: str | Promise


@dataclass(frozen=True)
class Tab:
    """A link among its like."""

    name: str
    url: str
    current: bool

    @property
    def label(self) -> str:
        """Another word for the name."""
        return self.name


HELP_KINDS = (
    Option(HelpKind.SUPERVISOR, _("Supervisor")),
    Option(HelpKind.MAINTENANCE, _("Maintenance")),
    Option(HelpKind.QUALITY, _("Quality")),
    Option(HelpKind.MATERIAL, _("Material")),
)
CALLED: dict[str, str | Promise] = {
    HelpKind.SUPERVISOR: _("Called the supervisor, %(ago)s ago"),
    HelpKind.MAINTENANCE: _("Called maintenance, %(ago)s ago"),
    HelpKind.QUALITY: _("Called quality, %(ago)s ago"),
    HelpKind.MATERIAL: _("Called for material, %(ago)s ago"),
}
SCRAP_REASONS = (
    Option("start-up", _("Start-up")),
    Option("dimension", _("Dimension")),
    Option("surface", _("Surface")),
    Option("material", _("Material")),
    Option("handling", _("Handling")),
)
