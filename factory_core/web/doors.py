"""Doors of pages: each view says which capability opens it, and a test walks all of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.request import Request

from factory_core.access.policy import require
from factory_core.access.roles import CAPABILITIES
from factory_core.errors import NotAllowed
from factory_core.people.models import User

View = Callable[..., HttpResponseBase]


class SignInFirst(NotAllowed):
    """Nobody is signed in, and the asker is not a browser that could be led to the sign-in page."""

    code, status = "sign_in_first", 401


def signed_in(request: HttpRequest | Request) -> User:
    """Who asks. Raises SignInFirst for nobody."""
    if not isinstance(request.user, User):
        raise SignInFirst(_("Sign in first."))
    return request.user


def door(capability: str) -> Callable[[View], View]:
    """Open a view to people who hold a capability somewhere; which rows they get is the view's own question.

    A person who has not signed in is led to the sign-in page. Raises KeyError at start for an unknown capability,
    SignInFirst for a fragment or an act without a session, Forbidden for somebody without the right.
    """
    CAPABILITIES[capability]

    def put_on(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                if request.method == "GET" and "HX-Request" not in request.headers:
                    return redirect_to_login(request.get_full_path())
                raise SignInFirst(_("Sign in first."))
            require(request.user, capability)
            return view(request, *args, **kwargs)

        guarded.capability = capability  # type: ignore[attr-defined]  # read by tests/architecture/test_doors.py
        return guarded

    return put_on
