"""The screen "Who may do what where"."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from factory_core.access import queries, services
from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.access.roles import CAPABILITIES, ROLE_NAMES
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.web.doors import door, signed_in

PAGE = 50


class NoSuchPerson(Missing):
    """The person does not exist, or is not the asker's to manage."""

    code = "no_such_person"


@require_GET
@door("people.manage")
def who(request: HttpRequest) -> HttpResponse:
    """People as rows, places as columns, roles in between."""
    search = request.GET.get("name", "").replace("\0", "").strip()[:80]
    page = min(int(given), 10_000) if (given := request.GET.get("page", "1")).isdecimal() else 1
    start = max(page - 1, 0) * PAGE
    people = list(queries.people_to_manage(signed_in(request), search)[start : start + PAGE + 1])
    places = queries.managed_places(signed_in(request), machines="machines" in request.GET)
    held = queries.roles_of(people[:PAGE])
    rows = []
    for person in people[:PAGE]:
        here: dict[str, list[queries.Held]] = {}
        for role in held.get(person.pk, []):
            here.setdefault(role.key, []).append(role)
        shown = {place.key for place in places}
        rows.append(
            {
                "person": person,
                "cells": [here.get(place.key, []) for place in places],
                "elsewhere": sum(len(roles) for key, roles in here.items() if key not in shown),
            }
        )
    return render(
        request,
        "factory_core/access/who.html",
        {
            "rows": rows,
            "places": places,
            "search": search,
            "may_administer": may(request.user, "admin.use"),
            "with_machines": "machines" in request.GET,
            "previous_page": page - 1 if page > 1 else None,
            "next_page": page + 1 if len(people) > PAGE else None,
        },
    )


@require_GET
@door("people.manage")
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person: the roles held, a form to give one, and why something is allowed."""
    who_ = _person(request, user_id)
    places = queries.managed_places(signed_in(request))
    mine = {place.key for place in places}
    capability, key = request.GET.get("capability", ""), request.GET.get("place", "")
    answer = None
    if capability in CAPABILITIES and key:
        answer = queries.why(who_, capability, queries.place_named(signed_in(request), key))
    return render(
        request,
        "factory_core/access/person.html",
        {
            "person": who_,
            "may_administer": may(request.user, "admin.use"),
            "held": [(role, role.key in mine) for role in queries.roles_of([who_]).get(who_.pk, [])],
            "places": places,
            "roles": sorted((role, str(name)) for role, name in ROLE_NAMES.items()),
            "capabilities": sorted(((name, str(act)) for name, act in CAPABILITIES.items()), key=lambda pair: pair[1]),
            "asked": (capability, key),
            "answer": answer,
        },
    )


@require_POST
@door("people.manage")
def give(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a role at a place."""
    place = queries.place_named(signed_in(request), request.POST.get("place", ""))
    with acting(signed_in(request), channel="web", reason=request.POST.get("reason", "")[:200]):
        services.join(
            actor=signed_in(request), user=_person(request, user_id), role=request.POST.get("role", ""), place=place
        )
    return redirect("rights-person", user_id=user_id)


@require_POST
@door("people.manage")
def take(request: HttpRequest, user_id: int) -> HttpResponse:
    """Take a role at a place away."""
    place = queries.place_named(signed_in(request), request.POST.get("place", ""))
    with acting(signed_in(request), channel="web", reason=request.POST.get("reason", "")[:200]):
        services.leave(
            actor=signed_in(request), user=_person(request, user_id), role=request.POST.get("role", ""), place=place
        )
    return redirect("rights-person", user_id=user_id)


def _person(request: HttpRequest, user_id: int) -> User:
    found = queries.people_to_manage(signed_in(request)).filter(pk=user_id).first()
    if found is None:
        raise NoSuchPerson(_("There is no such person among those you manage."))
    return found
