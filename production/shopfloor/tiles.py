"""The tile of a machine. Drawn in Python: a floor draws it 200 times, where template nodes cost most of the page."""

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from factory_core.web.display import FAMILIES
from factory_core.web.templatetags.millwright import icon, progress, since

if TYPE_CHECKING:  # drawing needs no tables
    from production.shopfloor.queries.floor import Tile

register = template.Library()


@register.simple_tag
def machine_tile(tile: "Tile", at: datetime) -> SafeString:
    """One machine: name, call for help, word, clock, glyph, and how far its order is."""
    code = escape(tile.code)
    done = progress(tile.good, tile.target, tile.expected) if tile.target else ""
    # Every text out of the database is escaped here, the drawings are safe.
    return SafeString(
        f'<li class="tile" id="tile-{code}" data-m="{code}" data-s="{tile.state}" data-v="{tile.version}">'
        f'<a href="{escape(tile.url)}"><strong class="name">{escape(tile.name)}</strong>{_call(tile)}'
        f'<span class="tile-word" data-word>{escape(tile.word)}</span>'
        f"{since(tile.since, at)}{icon(FAMILIES[tile.state].glyph, css='glyph')}{done}</a></li>"
    )


def _call(tile: "Tile") -> str:
    if not tile.calls:
        return ""
    whom = _("calls for help: %(whom)s") % {"whom": ", ".join(map(str, tile.calls))}
    mark = f'{icon("hand")}<span class="unseen">{escape(whom)}</span>'
    return f'<span class="tile-call" data-calls="{len(tile.calls)}">{mark}</span>'
