"""Draw the next number of a series."""

from collections.abc import Iterable

from django.db.models import F

from factory_core.numbering.models import NumberSeries


def next_number(code: str, *, prefix: str = "", width: int = 6) -> str:
    """The next number of a series, e.g. "PO-000124"; a series not set up yet begins at 1 with this prefix and width.

    Draws inside the caller's transaction under a row lock: a refused act gives its number back, and two acts never
    get the same one.
    """
    NumberSeries.objects.get_or_create(code=code, defaults={"prefix": prefix, "width": width})
    series = NumberSeries.objects.select_for_update().get(code=code)
    number = str(series)
    NumberSeries.objects.filter(pk=series.pk).update(next_value=F("next_value") + 1, version=F("version") + 1)
    return number


def pass_over(code: str, numbers: Iterable[str], *, prefix: str = "", width: int = 6) -> None:
    """Numbers that came from elsewhere are never drawn: the series goes on behind the highest that looks its own."""
    series = NumberSeries.objects.select_for_update().filter(code=code).first()
    begins = series.prefix if series is not None else prefix
    own = [text.removeprefix(begins) for text in numbers if text.startswith(begins)]
    highest = max((int(rest) for rest in own if rest.isdecimal() and rest.isascii() and len(rest) < 16), default=0)
    if series is None and highest:
        NumberSeries.objects.create(code=code, prefix=prefix, width=width, next_value=highest + 1)
    elif series is not None and highest >= series.next_value:
        NumberSeries.objects.filter(pk=series.pk).update(next_value=highest + 1, version=F("version") + 1)
