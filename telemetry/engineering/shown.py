"""Values and qualities in words."""

from typing import Any

from django.utils.translation import gettext as _

from factory_core.web.display import quantity
from telemetry.devices.models import Tag, TagKind


def value_text(tag: Tag, latest: Any) -> str:
    """A newest value as a person reads it, without its unit."""
    if latest.number is None:
        return latest.text if latest.text is not None else "–"
    if tag.kind == TagKind.BOOL:
        return _("on") if latest.number else _("off")
    return quantity(float(f"{latest.number:.6g}") if abs(latest.number) < 1e6 else round(latest.number, 1))


def quality_word(quality: int) -> str:
    """A quality byte (QQSSSSLL) in words."""
    if quality >= 192:
        return _("good")
    words = {
        0: _("bad"),
        4: _("wrongly configured"),
        8: _("not connected"),
        12: _("device failure"),
        16: _("sensor failure"),
        24: _("no communication"),
        28: _("out of service"),
        32: _("waits for its first value"),
        68: _("last usable value"),
        80: _("sensor not accurate"),
        84: _("out of its range"),
    }
    return words.get(quality) or (_("uncertain") if quality >= 64 else _("bad"))
