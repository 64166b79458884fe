"""Pages of long lists, without counting them: one row more than the page holds tells whether there is a next one."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

PAGE = 50
# Deeper than this nobody turns pages; they search. An offset costs as many rows as it skips.
DEEPEST = 200


@dataclass(frozen=True)
class Page:
    """Rows of one page, and where the neighbours are."""

    rows: list[Any]
    next_url: str
    previous_url: str


def page_of(request: HttpRequest, queryset: QuerySet[Any], *, size: int = PAGE, newest_first: bool = False) -> Page:
    """The page the address asks for.

    `?page=` counts from 1; `newest_first` walks by id instead (`?before=`), which stays fast at a million rows:
    give a queryset ordered by "-id".
    """
    if newest_first:
        return _before(request, queryset, size)
    number = min(max(_number(request, "page"), 1), DEEPEST)
    rows = list(queryset[(number - 1) * size : number * size + 1])
    return Page(
        rows[:size],
        _address(request, page=str(number + 1)) if len(rows) > size and number < DEEPEST else "",
        _address(request, page=str(number - 1) if number > 2 else "") if number > 1 else "",
    )


def _before(request: HttpRequest, queryset: QuerySet[Any], size: int) -> Page:
    before = _number(request, "before")
    rows = list((queryset.filter(pk__lt=before) if before else queryset)[: size + 1])
    shown = rows[:size]
    following = _address(request, before=str(shown[-1].pk)) if len(rows) > size else ""
    return Page(shown, following, _address(request, before="") if before else "")


def _number(request: HttpRequest, name: str) -> int:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else 0


def _address(request: HttpRequest, **changes: str) -> str:
    wanted = request.GET.copy()
    for name, value in changes.items():
        if value:
            wanted[name] = value
        else:
            wanted.pop(name, None)
    return f"{request.path}?{wanted.urlencode()}" if wanted else request.path
