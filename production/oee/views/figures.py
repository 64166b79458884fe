"""OEE and all its figures, and where the time was lost."""

from decimal import Decimal
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.web import charts
from factory_core.web.display import duration
from factory_core.web.doors import door
from production.oee.panels import CLASSES, class_rows, findings_of, loss_label, percent_text, shown, value_text
from production.oee.queries.accounts import newest_accounts
from production.oee.queries.losses import losses, orders_by_id, too_long_ideals
from production.oee.queries.sums import most_energy, sums_of_days
from production.oee.rules.figures import Figures, Sums, energy_each, figures_of, oee_of, total
from production.oee.views.common import VIEW, Asked

BIG = ("oee", "availability", "effectiveness", "quality")
SMALL = (
    "nee", "teep", "utilisation_efficiency", "allocation_efficiency", "technical_efficiency", "setup_ratio",
    "scrap_ratio", "rework_ratio", "first_pass_yield", "throughput", "energy_per_good", "idle_energy", "coverage",
)  # fmt: skip


# A table longer than that is neither read nor drawn quickly.
MOST_ROWS = 25


@never_cache
@require_GET
@door(VIEW)
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of machines over days; each opens to its formula and the numbers behind it."""
    asked = Asked(request)
    by_machine = sums_of_days(asked.ids, asked.first, asked.last, "machine")
    whole = figures_of(total(by_machine.values()), asked.rules)
    context = {
        **asked.frame("figures"),
        "big": [shown(whole[key]) for key in BIG],
        "small": [shown(whole[key]) for key in SMALL],
        "target": float(asked.targets.oee_percent),
        "findings": findings_of(whole),
        "wrong": too_long_ideals(asked.ids, asked.first, asked.last) if "ideal_too_long" in whole.findings else [],
        "classes": _classes(whole),
        "all_seconds": duration(float(whole.sums.calendar_s)),
        "sums": whole.sums,
        **_places(asked, by_machine, request.GET.get("page", "")),
        "trend": _trend(asked),
        "accounts": newest_accounts(asked.ids, asked.last),
    }
    with timezone.override(asked.zone):
        return render(request, "production/oee/figures.html", context)


@never_cache
@require_GET
@door(VIEW)
def lost(request: HttpRequest) -> HttpResponse:
    """Where the time of shifts was lost, the most first."""
    asked = Asked(request)
    by_machine = sums_of_days(asked.ids, asked.first, asked.last, "machine")
    sums = total(by_machine.values())
    found = losses(asked.ids, asked.first, asked.last, sums)
    bars = [
        charts.Bar(loss_label(loss), float(loss.seconds), duration(float(loss.seconds)), CLASSES[loss.kind][1])
        for loss in found
    ]
    shift_s = sums.shift_s or 1
    running = Decimal(0)
    rows = []
    lost_s = sum(loss.seconds for loss in found) or 1
    for loss, (bar, drawing) in zip(found, charts.pareto(bars), strict=True):
        running += loss.seconds
        rows.append(
            {
                "bar": bar, "drawing": drawing, "stops": loss.stops, "energy": loss.energy_kwh,
                "kind": str(CLASSES[loss.kind][0]), "share": percent_text(loss.seconds / shift_s),
                "so_far": percent_text(running / lost_s),
            }
        )  # fmt: skip
    whole = figures_of(sums, asked.rules)
    context = {
        **asked.frame("losses"),
        "rows": rows,
        "sums": sums,
        "speed_text": duration(float(abs(sums.speed_loss_s))),
        "idle": shown(whole["idle_energy"]),
        "micro": _short_stops(asked, by_machine),
        "findings": findings_of(whole),
        "orders": _energy_by_order(asked) if sums.energy_kwh is not None else [],
    }
    with timezone.override(asked.zone):
        return render(request, "production/oee/losses.html", context)


def _short_stops(asked: Asked, by_machine: dict[int, Sums]) -> list[tuple[str, int, str]]:
    """Machines with short stops: how many, how long together; the most first."""
    names = {machine.pk: machine.name for machine in asked.chosen.machines}
    found = [(key, sums) for key, sums in by_machine.items() if sums.micro_stops or sums.micro_s]
    found.sort(key=lambda one: (-one[1].micro_stops, one[0]))
    return [(names[key], sums.micro_stops, duration(float(sums.micro_s))) for key, sums in found[:20]]


def _energy_by_order(asked: Asked) -> list[dict[str, Any]]:
    """The energy of each order in these days, the most first; what no order used is in its own row."""
    by_order = most_energy(asked.ids, asked.first, asked.last, 20)
    known = orders_by_id([key for key in by_order if key is not None])
    return [
        {"order": known.get(key or 0), "sums": one, "each": value_text(energy_each(one))}
        for key, one in by_order.items()
    ]


def _classes(whole: Figures) -> list[dict[str, Any]]:
    rows = class_rows(whole)
    bars = charts.pareto([charts.Bar(name, seconds, text, state) for name, state, text, seconds in rows])
    every = float(whole.sums.calendar_s) or 1
    return [{"bar": bar, "drawing": drawing, "share": f"{100 * bar.value / every:.1f}"} for bar, drawing in bars]


def _places(asked: Asked, by_machine: dict[int, Sums], page: str) -> dict[str, Any]:
    """The table of machines: where there are many on several lines, the lines first; many of one line in pages."""
    machines = asked.chosen.machines
    days = (asked.first, asked.last)
    if len(machines) > MOST_ROWS and len(asked.chosen.lines) > 1 and not asked.chosen.line:
        lines = groupby(machines, lambda machine: machine.line)
        rows = [
            _row(asked, line.name, {"line": line.code}, total(by_machine.get(one.pk, Sums()) for one in several))
            for line, several in lines
        ]
        return {"rows": rows, "rows_are_lines": True}
    starts = range(0, len(machines), MOST_ROWS)
    number = min(int(page), len(starts)) if page.isdecimal() and 0 < len(page) < 5 else 1
    shown_ones = machines[MOST_ROWS * (number - 1) :][:MOST_ROWS] if number else []
    return {
        "rows": [_row(asked, one.name, {"machine": one.code}, by_machine.get(one.pk, Sums())) for one in shown_ones],
        "pages": [
            (
                f"{start + 1}–{min(start + MOST_ROWS, len(machines))}",
                asked.address(*days, page=str(place)),
                place == number,
            )
            for place, start in enumerate(starts, 1)
        ],
    }


def _row(asked: Asked, name: str, leads_to: dict[str, str], sums: Sums) -> dict[str, Any]:
    return {
        "name": name,
        "url": asked.address(asked.first, asked.last, **leads_to),
        "figures": [percent_text(figure.value) for figure in oee_of(sums, asked.rules)],
        "sums": sums,
        "energy": value_text(energy_each(sums)),
    }


def _trend(asked: Asked) -> dict[str, Any]:
    """The OEE of each day, with holes where there is none."""
    by_day = sums_of_days(asked.ids, asked.first, asked.last, "day")
    days = sorted(by_day)
    values = [oee_of(by_day[day], asked.rules)[0].value for day in days]
    return {
        "label": _("OEE day by day"),
        "values": [None if value is None else float(value) for value in values],
        "rows": [
            (date_format(day, "SHORT_DATE_FORMAT"), percent_text(value), asked.address(day, day))
            for day, value in zip(days, values, strict=True)
        ],
    }
