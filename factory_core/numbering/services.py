"""Draw the next number of a series."""

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
