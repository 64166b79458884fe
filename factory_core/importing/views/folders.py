"""Folders in which other systems leave files: what is watched, and by whose rights."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from factory_core.access.identity import acting
from factory_core.errors import Missing, Refusal
from factory_core.importing.kinds import kind_named
from factory_core.importing.queries.pages import RUN, folders_seen, sites_for
from factory_core.importing.services.dropping import set_up_folder
from factory_core.importing.views.common import kinds_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.web.doors import door, signed_in


class NoSuchSite(Missing):
    """There is no such site to which the asker may bring files."""

    code = "no_such_site"


@never_cache
@require_http_methods(["GET", "POST"])
@door(RUN)
def folders(request: HttpRequest) -> HttpResponse:
    """The folders, and a form for one more; POST watches one from now on (`on`), or no longer."""
    user = signed_in(request)
    refusal, status = "", 200
    if request.method == "POST":
        site = _site(user, request.POST.get("site", ""))
        try:
            with acting(user, channel="web"):
                kind, is_active = request.POST.get("kind", ""), request.POST.get("on") == "yes"
                set_up_folder(actor=user, site=site, kind=kind, is_active=is_active)
            return redirect("import-folders")
        except Refusal as no:
            refusal, status = no.sentence, no.status
    rows = [{"folder": each, "kind": getattr(kind_named(each.kind), "label", each.kind)} for each in folders_seen(user)]
    context = {"rows": rows, "sites": sites_for(user), "kinds": kinds_for(user), "refusal": refusal}
    return render(request, "importing/folders.html", context, status=status)


def _site(user: User, said: str) -> Site:
    for site in sites_for(user):
        if str(site.pk) == said:
            return site
    raise NoSuchSite(_("There is no such site to which you may bring files."))
