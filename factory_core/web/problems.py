"""Every API error as problem+json (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from factory_core.errors import Invalid, Refusal, Refused
from factory_core.web.middleware import as_refusal, problem_of


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every API error as problem+json (RFC 9457)."""
    request = context["request"]._request
    refusal = as_refusal(exc)
    headers: dict[str, str] = {}
    if refusal is None:
        plain = exception_handler(exc, context)
        if plain is None:
            return None
        refusal = _from_rest_framework(exc, plain)
        headers = {name: plain[name] for name in ("WWW-Authenticate", "Retry-After") if plain.has_header(name)}
    return Response(
        problem_of(refusal, request),
        status=refusal.status,
        headers=headers,
        content_type="application/problem+json",
    )


def _from_rest_framework(exc: Exception, plain: Response) -> Refusal:
    detail = getattr(exc, "detail", "")
    if isinstance(exc, exceptions.ValidationError):
        refusal: Refusal = Invalid(_("The input has faults; `errors` names each."), errors=list(_faults("", detail)))
    else:
        refusal = Refused(str(detail))
    refusal.status = plain.status_code
    if isinstance(exc, exceptions.APIException):
        refusal.code = exc.default_code
        refusal.title = type(exc).__name__
    return refusal


def _faults(pointer: str, detail: Any) -> Any:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _faults(f"{pointer}/{name}", inner)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _faults(f"{pointer}/{index}" if isinstance(inner, Mapping) else pointer, inner)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "message": str(detail)}
