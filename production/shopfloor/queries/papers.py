"""Drawings, pictures of instructions and photos of checks, for whoever may see the operation."""

from pathlib import Path

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from inventory.items.queries.papers import folder
from inventory.items.rules.papers import place_of
from production.orders.models import OrderOperation
from production.shopfloor.models import CheckResult

PHOTO = "image/jpeg"


class NoSuchDocument(Missing):
    """The operation has no such paper, or the asker may not see it."""

    code = "no_such_document"


def document_of(actor: User, operation_id: int, digest: str) -> tuple[str, str, Path]:
    """Name, media type and file of a paper that belongs to an operation. Raises NoSuchDocument."""
    rows = visible(actor, OrderOperation.objects.select_related("order")).filter(pk=operation_id)
    operation = rows.first()
    known = _known(operation, digest) if operation else None
    path = folder() / place_of(digest)
    if known is None or not path.is_file():
        raise NoSuchDocument(_("There is no such document that you may see, or its file is missing on the server."))
    return *known, path


def _known(operation: OrderOperation, digest: str) -> tuple[str, str] | None:
    for paper in operation.order.papers:
        if paper.get("sha256") == digest:
            return str(paper.get("name") or digest), str(paper.get("media_type") or "")
    for step in operation.instructions:
        if step.get("picture") == digest:
            return f"{step['position']}", str(step.get("media_type") or "")
    if CheckResult.objects.filter(operation=operation, picture=digest).exists():
        return digest[:12], PHOTO
    return None
