"""The safe door of drawings, pictures and photos: only what a browser draws without running it is shown inline."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from factory_core.web.doors import door, signed_in
from production.shopfloor.queries.papers import document_of

INLINE = {"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf", "text/plain"}
# A viewer of documents is a plug-in of the browser's own; pictures need nothing at all.
NOTHING = "sandbox; default-src 'none'"
VIEWER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"


@require_GET
@door("production.view")
def document(request: HttpRequest, operation_id: int, digest: str) -> HttpResponse:
    """A paper of an operation, to be looked at; what could run something comes as a file."""
    name, kind, path = document_of(signed_in(request), operation_id, digest)
    shown = kind in INLINE
    answer = HttpResponse(path.read_bytes(), content_type=kind if shown else "application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(not shown, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = VIEWER if kind == "application/pdf" else NOTHING
    # Named by its content: it never changes.
    answer["Cache-Control"] = "private, max-age=86400"
    return answer
