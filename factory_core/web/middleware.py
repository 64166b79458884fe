"""What surrounds every request: its id, the person's language, and refusals told as plain sentences."""

import time
import uuid
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from factory_core.access.identity import begin_correlation
from factory_core.errors import Missing, NotAllowed, Refusal

Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdentity:
    """Gives each request an id that ties together everything it causes; the answer carries it back.

    It also says how long the server needed (W3C Server Timing), for benchmarks and for whoever asks "is it slow?".
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        request.correlation = uuid.uuid4().hex  # type: ignore[attr-defined]  # Django offers no typed place for it
        begin_correlation(request.correlation)  # type: ignore[attr-defined]  # set above
        response = self.get_response(request)
        response["X-Request-Id"] = request.correlation  # type: ignore[attr-defined]  # set above
        response["Server-Timing"] = f"app;dur={(time.perf_counter() - begun) * 1000:.1f}"
        return response


class PersonLanguage:
    """The language of the person, else of the terminal or browser."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.session.get("language") or translation.get_language_from_request(request)
        with translation.override(chosen):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        return response


class Refusals:
    """Turns the four families of refusal into an answer: problem+json for programs, a calm page for people."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; anything unexpected is left to Django."""
        refusal = as_refusal(exception)
        return None if refusal is None else refusal_answer(request, refusal)


def as_refusal(exception: Exception) -> Refusal | None:
    """A refusal of ours as it is, Django's own "not found" and "forbidden" as ours, else None."""
    if isinstance(exception, Refusal):
        return exception
    if isinstance(exception, Http404):
        return Missing(_("There is nothing at this address that you may see."))
    if isinstance(exception, PermissionDenied):
        return NotAllowed(_("You may not do this. Ask the IT administrator for the right role."))
    return None


def problem_of(refusal: Refusal, request: HttpRequest) -> dict[str, object]:
    """The body of an RFC 9457 problem answer."""
    return {
        "type": f"urn:millwright:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.sentence,
        "instance": request.path,
        "trace_id": getattr(request, "correlation", ""),
        **refusal.details,
    }


def refusal_answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal as problem+json or as a page, by what the asker accepts."""
    if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", "text/html"):
        return JsonResponse(
            problem_of(refusal, request), status=refusal.status, content_type="application/problem+json"
        )
    template = f"errors/{refusal.status}.html" if refusal.status in PAGES else "errors/400.html"
    return render(request, template, {"refusal": refusal}, status=refusal.status)


PAGES = {400, 403, 404, 409, 412, 422, 500, 503}
