"""What stands in the plant goes out as a workbook or a plain table that can be imported again unchanged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO

from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.access.policy import may
from factory_core.errors import Missing
from factory_core.importing.exporting import MEDIA_TYPES, csv_lines, write_xlsx
from factory_core.importing.kinds import Kind, kind_named
from factory_core.importing.queries.going_out import rows_out, sites_for
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.web.doors import door, signed_in

_PIECE = 1 << 18


class NoSuchExport(Missing):
    """Nothing of that kind goes out, or not to the one who asks, or not from that site."""

    code = "no_such_export"


@never_cache
@require_GET
@door("plant.view")
def export_page(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose the site and the form of a list that goes out."""
    user = signed_in(request)
    found = _kind_for(user, kind)
    return render(request, "importing/export.html", {"kind": found, "sites": sites_for(user, found)})


@never_cache
@require_GET
@door("plant.view")
def export_file(request: HttpRequest, kind: str, form: str) -> HttpResponseBase:
    """Every row of a kind that the person sees, at `?site=`; without one at their first site."""
    user = signed_in(request)
    found = _kind_for(user, kind)
    site = _site_for(user, found, request.GET.get("site", ""))
    return file_of_rows(request, found, user, site, form)


def file_of_rows(request: HttpRequest, kind: Kind, user: User, site: Site | None, form: str) -> HttpResponseBase:
    """The file, written to the disk first: neither its rows nor its bytes are ever held all at once."""
    zone = site.time_zone if site is not None else "UTC"
    rows = rows_out(kind, user, site)
    with ExitStack() as at_once:
        file = at_once.enter_context(TemporaryFile())
        if form == "xlsx":
            write_xlsx(kind, rows, file, zone=zone)
        else:
            file.writelines(csv_lines(kind, rows, zone=zone))
        file.seek(0)
        # All is well: the answer closes it when it was read.
        at_once.pop_all()
    name = f"{kind.name}-{site.code}.{form}" if site is not None else f"{kind.name}.{form}"
    if not isinstance(request, ASGIRequest):
        return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPES[form])
    # A file read by blocking calls would be read whole before the first byte leaves.
    answer = StreamingHttpResponse(_pieces(file), content_type=MEDIA_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
    finally:
        file.close()


def _kind_for(user: User, name: str) -> Kind:
    kind = kind_named(name)
    if kind is None or not may(user, kind.capability):
        raise NoSuchExport(_("There is no list “%(name)s” that you may take out.") % {"name": name[:40]})
    return kind


def _site_for(user: User, kind: Kind, code: str) -> Site | None:
    sites = sites_for(user, kind)
    if not code:
        return sites[0] if sites else None
    for site in sites:
        if site.code == code:
            return site
    raise NoSuchExport(_("There is no site “%(code)s” whose list you may take out.") % {"code": code[:40]})
