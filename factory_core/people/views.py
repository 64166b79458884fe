"""The front door: sign in, sign out, become a terminal, choose a language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.errors import Refusal
from factory_core.people import sessions
from factory_core.people.forms import SignInForm
from factory_core.people.models import User, UserKind


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; a refusal stands above the form, which keeps the name."""
    form = SignInForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            sessions.sign_in(request, **form.cleaned_data)
            return redirect(_next(request))
        except Refusal as no:
            refusal = no
    return render(
        request,
        "factory_core/people/sign_in.html",
        {"form": form, "refusal": refusal, "next": _next(request)},
        status=refusal.status if refusal else 200,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    sessions.sign_out(request)
    return redirect("sign-in")


@never_cache
@require_GET
def terminal(request: HttpRequest, link: str) -> HttpResponse:
    """Turn this browser into a terminal."""
    sessions.open_terminal(request, link=link)
    return redirect("/")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language; a person keeps it, a terminal has it until the next person comes."""
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        request.session["language"] = chosen
        user = request.user
        if isinstance(user, User) and user.kind == UserKind.PERSON and user.language != chosen:
            with acting(user):
                user.language = chosen
                user.version += 1
                user.save(update_fields=["language", "version"])
    return redirect(_next(request))


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else "/"
