"""Files attached to items, as far as somebody may see them."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from inventory.items.models import ItemPaper
from inventory.items.queries.finding import Actor
from inventory.items.rules.papers import place_of


class NoSuchPaper(Missing):
    """The attachment does not exist, or the asker may not see it."""

    code = "no_such_paper"


def folder() -> Path:
    """Where the plant keeps attached files."""
    return Path(settings.DATA_DIR) / "papers"


def paper_or_missing(actor: Actor, paper_id: int) -> tuple[ItemPaper, Path]:
    """An attachment in use and where its content lies. Raises NoSuchPaper."""
    paper = visible(actor, ItemPaper.objects.select_related("item")).filter(pk=paper_id, is_active=True).first()
    if paper is None:
        raise NoSuchPaper(_("There is no such attachment that you may see."))
    path = folder() / place_of(paper.sha256)
    if not path.is_file():
        raise NoSuchPaper(
            _("The content of %(name)s is missing on the server's disk. Bring it back from the backup.")
            % {"name": paper.name}
        )
    return paper, path
