"""The stage's pages besides the shop floor: front door, Health, refusals."""

from types import SimpleNamespace as A

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from factory_core.web.display import FAMILIES


def health(request: HttpRequest, part: str = "") -> HttpResponse:
    """One line of each colour."""
    lines = [
        A(
            key=s,
            name=s.title(),
            state=s,
            word=FAMILIES[s].word,
            sentence="says so.",
            repair="Do this.",
            figure="2 %",
            url="",
            label="",
        )
        for s in ("run", "slow", "stop", "off")
    ]
    context = {
        "overall": A(state="slow", sentence="One thing needs attention."),
        "groups": [A(name="Parts", lines=lines)],
        "support_url": "",
        "live_topics": ["health"],
    }
    return render(request, f"factory_core/processes/{'_lines' if part else 'health'}.html", context)


class _SignIn(forms.Form):
    username = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput)


def sign_in(request: HttpRequest) -> HttpResponse:
    """The front door of a demo plant."""
    return render(request, "factory_core/people/sign_in.html", {"form": _SignIn(), "next": "/"})


def error(request: HttpRequest, status: int) -> HttpResponse:
    """A refusal as a page (answered 200, so that the console has nothing to say)."""
    context = {
        "refusal": A(sentence="This stop was explained by Marek W. at 09:14."),
        "clash": [A(label="Reason", yours="Jam", stored="Tool")],
    }
    return render(request, f"errors/{status}.html", context)
