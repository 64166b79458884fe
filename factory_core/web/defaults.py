"""What every endpoint of the API has by default: who asks, what they hold, declared filters, paging.

Apart from `api.py`, since Django REST framework reads these while its own views are being imported.
"""

from typing import Any

import django_filters.rest_framework
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions, pagination, permissions
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.people.models import User
from factory_core.people.tokens import user_of_pass, user_of_token

PASS_HEADER = "X-Millwright-Pass"  # noqa: S105 - a header's name


class UnknownParameter(Invalid):
    """A query parameter nobody declared; silence would hide a typing error."""

    code, status = "unknown_parameter", 400


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer mw_…` for programs; a station's author pass for taps made under somebody's name."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """The user of the pass or token; None leaves it to the session."""
        if given := request.headers.get(PASS_HEADER):
            return user_of_pass(given, now()), "pass"
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user, found = user_of_token(token.strip(), now())
        if request.method not in permissions.SAFE_METHODS and "write" not in found.scopes:
            raise exceptions.PermissionDenied(_("This token may only read."))
        return user, found

    def authenticate_header(self, request: Request) -> str:
        """Makes a refused token a 401, not a 403."""
        return "Bearer"


class CapabilityPermission(permissions.BasePermission):
    """Closed by default: a view without a capability lets nobody in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the asker holds the view's capability anywhere; rows are cut by `visible` afterwards."""
        capability = getattr(view, "capability", None)
        return bool(request.user and request.user.is_authenticated and capability and may(request.user, capability))


class DeclaredFilters(django_filters.rest_framework.DjangoFilterBackend):
    """Filters by declared parameters only."""

    always = frozenset({"limit", "offset", "cursor", "count", "format"})

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Refuse what nobody declared, then filter. Raises UnknownParameter."""
        filterset = self.get_filterset(request, queryset, view)
        known = self.always | set(filterset.filters if filterset else ()) | set(getattr(view, "parameters", ()))
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise UnknownParameter(
                _("Unknown parameter: %(unknown)s. Known here: %(known)s.")
                % {"unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
            )
        rows: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return rows


class Paging(pagination.LimitOffsetPagination):
    """limit/offset; a count only when asked for, since counting reads every row."""

    default_limit = 50
    max_limit = 500

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One row more than the page tells whether there is a next one."""
        self.request = request
        self.limit = self.get_limit(request) or self.default_limit
        self.offset = self.get_offset(request)
        self.counted = queryset.count() if request.query_params.get("count") == "1" else None
        rows = list(queryset[self.offset : self.offset + self.limit + 1])
        # DRF derives the next link from `count`: it only has to know whether anything follows.
        self.count = self.offset + len(rows)
        return rows[: self.limit]

    def get_paginated_response(self, data: Any) -> Response:
        """next, previous, results, and the count where it was asked for."""
        body = {"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data}
        return Response(body if self.counted is None else {"count": self.counted, **body})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The same for the OpenAPI file."""
        whole = super().get_paginated_response_schema(schema)
        whole["required"] = ["results"]
        return whole
