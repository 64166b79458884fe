"""How much a request may bring: more is refused before it is taken in, by what it says of itself or once it is more."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from factory_core.errors import Invalid, Refusal
from factory_core.importing.files import FileTooLarge, Limits
from factory_core.web.middleware import Handler, refusal_answer

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# What a form says besides the file.
_AROUND_BYTES = 1 << 20
_MARK = "millwright.too_large"


class BodyTooLarge(Invalid):
    """The request brings more than any page or resource takes."""

    code, status, title = "body_too_large", 413, "Request too large"


def bounded(pages: Application) -> Application:
    """The application, which sees nothing of a body that is too large; `RefuseLarge` answers instead."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        most, length = _most(scope), headers.get(b"content-length", b"")
        scope[_MARK] = length.isdigit() and int(length) > most
        taken, is_cut = 0, False

        async def receive_some() -> Message:
            nonlocal taken, is_cut
            if is_cut:
                # Asking for more would have it sent. Whoever listens here is cancelled once the answer is given.
                await asyncio.Future()
            message: Message = {} if scope[_MARK] else await receive()
            taken += len(message.get("body", b""))
            is_cut = scope[_MARK] = scope[_MARK] or taken > most
            return {"type": "http.request"} if is_cut else message

        await pages(scope, receive_some, send)

    return answer


class RefuseLarge:
    """Answers for a body that was too large; in the person's language, before anything is looked for in the body."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scope = getattr(request, "scope", {})
        return refusal_answer(request, _refusal(scope)) if scope.get(_MARK) else self.get_response(request)


def _is_file(scope: Scope) -> bool:
    kind: bytes = dict(scope["headers"]).get(b"content-type", b"")
    return kind.lower().startswith(b"multipart/form-data")


def _most(scope: Scope) -> int:
    return Limits().file_bytes + _AROUND_BYTES if _is_file(scope) else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _refusal(scope: Scope) -> Refusal:
    if _is_file(scope):
        most = Limits().file_bytes >> 20
        return FileTooLarge(
            _("%(file)s is larger than %(most)d MB. Save it in parts.") % {"file": _("The file"), "most": most}
        )
    return BodyTooLarge(
        _("What was sent is larger than %(most)d MB. Send it in parts.")
        % {"most": settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20}
    )
