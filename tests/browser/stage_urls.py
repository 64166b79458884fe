"""The stage's pages: each template of the front end with a context of the shape docs/screens.md names."""

import json
from datetime import datetime, timedelta
from types import SimpleNamespace as A
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from factory_core.web import charts
from factory_core.web.display import FAMILIES, percent
from tests.browser.stage import BERLIN, bands, stage
from tests.browser.stage_doors import error, health, sign_in
from tests.browser.stage_work import load, running_work, somebody_was_called

LATE = "Late data says: 08:41–08:52 instead of 08:41–08:58."
REASONS = ["Tool change", "Material", "Jam", "Quality", "Operator", "Electrical", "Mechanical", "Cleaning"]


def shell(request: HttpRequest) -> dict[str, Any]:
    """What the plant's own context processor gives."""
    request.user = A(is_authenticated=True, pk=7, name="Anna Kowalska", username="anna")  # type: ignore[assignment]
    titles = ["Floor", "Shift timeline", "Machines", "Health", "Admin"]
    places = ["/floor/", "/shift/", "/machines/M02/", "/health/", "/admin/"]
    return {"plant_is_demo": True, "navigation": [A(url=u, title=t) for u, t in zip(places, titles, strict=True)]}


def _now() -> datetime:
    return datetime.now(BERLIN)


def _shift() -> tuple[datetime, datetime]:
    start = _now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    return start, start + timedelta(hours=8)


def _reasons() -> list[A]:
    return [A(code=f"R{i}", name=name, suggested=False) for i, name in enumerate(REASONS)]


def _band(code: str) -> A:
    machine = stage.machines[code]
    return A(
        state=machine.state, word=FAMILIES[machine.state].word, note="", since=machine.since, version=machine.version
    )


def _station(code: str, nobody: bool) -> dict[str, Any]:
    machine, (start, end) = stage.machines[code], _shift()
    stopped = machine.state in ("ask", "stop")
    return {
        "station": A(
            code=code,
            name=machine.name,
            machine_id=3,
            own_pass="" if nobody else "PASS-ANNA",
            pass_name="" if nobody else "Anna Kowalska",
            idle_seconds=600,
            glance_seconds=45,
        ),
        "now": _now(),
        "live_topics": [f"machine:{code}"],
        "band": _band(code),
        "reasons": A(
            asks=machine.state == "ask",
            downtime_id=5 if stopped else None,
            from_machine="",
            frequent=_reasons(),
            given="Tool change" if machine.state == "stop" else "",
            given_by="Anna Kowalska",
            given_at=_now(),
        ),
        "calls": [A(sentence="Called maintenance, 1 min ago", coming=False)] if code in stage.calls else [],
        "reason_groups": [A(name="Machine", reasons=_reasons()[:4]), A(name="Process", reasons=_reasons()[4:])],
        "order": A(
            id=9,
            operation_id=9,
            number="PO-000102",
            step=10,
            step_name="",
            item_name="Flange 12-008",
            unit="pcs",
            good=464,
            scrap=machine.scrap,
            count_by="BOTH",
            rework=0,
            target=620,
            expected=439,
        ),
        "work": running_work(),
        "todo": running_work(),
        "workers": [],
        "queue": _waiting(),
        "queued": 3,
        "running": "PO-000102",
        "recent": A(
            bands=bands(code, start, end), started_at=start, ended_at=end, unexplained=2, last_stop="Tool change, 6 min"
        ),
        "here": A(
            url=f"/station/{code}/here/",
            next_url="",
            pin_length=4,
            recent=[A(id=8, name="Marek W."), A(id=7, name="Anna K.")],
            others=[A(id=9, name="Yusuf D.")],
        ),
        "help_kinds": [A(code="maintenance", name="Maintenance"), A(code="material", name="Material")],
        "losses": [
            A(code=code, name=name, for_scrap=True, for_rework=True)
            for code, name in (("dim", "Dimension"), ("surface", "Surface"))
        ],
        "pauses": [],
    }


def station(request: HttpRequest, code: str, part: str = "") -> HttpResponse:
    """The station and its fragments; `?nobody`: nobody is here yet, `?busy`: no order runs, somebody was called."""
    name = {"": "station", "calls": "_station_calls"}.get(part, f"_{part}")
    context = _station(code, "nobody" in request.GET)
    if "busy" in request.GET:
        context |= dict.fromkeys(("order", "work", "todo", "running"))
        context |= {"waiting": _waiting(), "calls": somebody_was_called()}
    return render(request, f"production/shopfloor/{name}.html", context)


def _waiting() -> list[A]:
    item, detail = "Flange 12-008 with a long name, galvanised", "620 pcs · waits for the step before · due 14:00"
    labels = [f"PO-00010{i}/10" for i in range(3)]
    return [
        A(id=i, label=label, start=f"Start {label}", item_name=item, step_name="", detail=detail, ready=i < 2)
        for i, label in enumerate(labels)
    ]


def here(request: HttpRequest, code: str) -> HttpResponse:
    """Badge BADGE-0008 and PIN 1234 are Marek's."""
    if request.method == "POST":
        asked = json.loads(request.body)
        if asked.get("badge") == "BADGE-0008" or asked.get("pin") == "1234":
            return JsonResponse({"pass": "PASS-MAREK", "person": {"id": 8, "name": "Marek W.", "language": "en"}})
        return JsonResponse({"detail": "This PIN does not fit. Try again or scan your badge."}, status=403)
    return render(request, "factory_core/people/here.html", _station(code, True))


def floor(request: HttpRequest, part: str = "") -> HttpResponse:
    """All machines on two lines; `?calls` has four of them call for help."""
    calling = list(stage.machines)[1:5] if "calls" in request.GET else stage.calls
    tiles = [
        A(
            code=m.code,
            name=m.name,
            url=f"/station/{m.code}/",
            state=m.state,
            word=FAMILIES[m.state].word,
            since=m.since,
            version=m.version,
            good=464,
            target=620,
            expected=439,
            calls=["Maintenance"] if m.code in calling else [],
        )
        for m in stage.machines.values()
    ]
    groups = [A(code="A", name="Line A", tiles=tiles[:12]), A(code="B", name="Line B", tiles=tiles[12:])]
    if "few" in request.GET:
        groups = groups[:1]
    context = {
        "lines": [A(name="All", url="/floor/", current=True)],
        "wall": "wall" in request.GET,
        "groups": groups,
        "board_query": "",
        "calls": [
            A(id=i, machine_name=stage.machines[code].name, kind="Maintenance", by="Anna", at=_now(), may_answer=True)
            for i, code in enumerate(calling)
        ],
        "now": _now(),
        "live_topics": ["floor"],
    }
    return render(request, f"production/shopfloor/{f'_{part}' if part else 'floor'}.html", context)


def shift(request: HttpRequest, part: str = "") -> HttpResponse:
    """Twelve machines in one shift, four stops to explain."""
    start, end = _shift()
    rows = []
    for machine in list(stage.machines.values())[:12]:
        drawn = bands(machine.code, start, end)
        sums = charts.totals(drawn, start, _now())
        rows.append(
            A(
                code=machine.code,
                name=machine.name,
                url=f"/machines/{machine.code}/",
                band_url=f"/shift/band/{machine.code}/",
                bands=drawn,
                label=machine.name,
                running_percent=percent(sums.get("run", 0), sum(sums.values())),
            )
        )
    sums = charts.totals([band for row in rows for band in row.bands], start, end)
    context = {
        "shift": A(
            title="Early shift",
            started_at=start,
            ended_at=end,
            previous_url="?",
            current_url="?",
            next_url="",
            is_current=True,
            rows_url="/shift/rows/",
            to_explain_url="/shift/to-explain/",
            rows=rows,
            legend=[A(state=key, word=FAMILIES[key].word, seconds=sums[key]) for key in FAMILIES if key in sums],
        ),
        "to_explain": [
            A(
                id=i,
                url=f"/shift/band/M0{i}/?at=1",
                machine_name=f"Machine 0{i}",
                started_at=start,
                ended_at=end,
                seconds=400,
                doubted=i == 2,
            )
            for i in range(4)
        ],
        "corrections": [A(url="/shift/band/M09/?at=1", machine_name="Machine 09", day="", sentence=LATE)]
        if stage.doubts
        else [],
        "now": _now(),
        "live_topics": ["floor"],
    }
    name = {"": "shift", "rows": "_rows", "to-explain": "_to_explain"}[part]
    return render(request, f"production/downtime/{name}.html", context)


def drawer(request: HttpRequest, code: str) -> HttpResponse:
    """One stop with all its acts."""
    start, end = _shift()
    return render(
        request,
        "production/downtime/_drawer.html",
        {
            "drawer": A(
                downtime_id=5,
                machine_name=code,
                state="ask",
                word=FAMILIES["ask"].word,
                started_at=start,
                ended_at=end,
                seconds=1020,
                reason="",
                explained_by="",
                note="",
                note_needed=False,
                may_explain=True,
                may_split=True,
                merge_with=4,
                undo_split=6,
                undo_merge=True,
                correction=A(id=3, version=2, sentence=LATE, may_decide=True) if stage.doubts else None,
                frequent=_reasons(),
                groups=[A(name="Machine", reasons=_reasons()[:4])],
                history_url="",
            )
        },
    )


def machine(request: HttpRequest, code: str) -> HttpResponse:
    """A machine with two trends."""
    end = _now()
    start = end - timedelta(hours=24)
    drawn = bands(code, start, end)
    sums = charts.totals(drawn, start, end)
    return render(
        request,
        "telemetry/states/machine.html",
        {
            "machine": A(code=code, name=stage.machines[code].name, station_url=f"/station/{code}/", history_url=""),
            "band": _band(code),
            "now": end,
            "live_topics": [f"machine:{code}"],
            "spans": [A(label="8 h", url="?", current=False), A(label="24 h", url="?", current=True)],
            "history": A(
                bands=drawn,
                started_at=start,
                ended_at=end,
                label="States",
                legend=[A(state=key, word=FAMILIES[key].word, seconds=sums[key]) for key in sums],
            ),
            "tags": [
                *(
                    A(name=f"press1.tag{i}", unit="A", value="5.31", at=end, decision="", series_url="/series/")
                    for i in range(2)
                ),
                A(name="press1.program", unit="", value="O1234", at=end, decision="", series_url=""),
            ],
            "intervals": [
                A(
                    state=b.state,
                    word=FAMILIES[b.state].word,
                    started_at=b.started_at,
                    ended_at=b.ended_at,
                    seconds=900,
                    rule="1",
                )
                for b in drawn[-10:]
            ],
            "previous_url": "",
            "next_url": "?page=2",
        },
    )


def series(request: HttpRequest) -> JsonResponse:
    """1,160 buckets with a hole of 40."""
    first = _now() - timedelta(days=1)
    buckets = [
        {"at": (first + timedelta(seconds=72 * i)).isoformat(), "low": i % 50, "high": i % 50 + 3}
        for i in range(1200)
        if not 300 < i <= 340
    ]
    return JsonResponse({"bucket_s": 72.0, "buckets": buckets})


@csrf_exempt
def api(request: HttpRequest, rest: str) -> JsonResponse:
    """Books an act once per key."""
    head = request.headers
    status, told = stage.book(
        request.path,
        head["Idempotency-Key"],
        head.get("X-Millwright-Pass", ""),
        head["X-Millwright-Tapped-At"],
        json.loads(request.body),
    )
    return JsonResponse(told, status=status)


def poke(request: HttpRequest, code: str, state: str) -> HttpResponse:
    """A machine changes its state."""
    stage.change(code, state)
    return HttpResponse("ok")


def refuse(request: HttpRequest, status: int) -> HttpResponse:
    """From now on every act is answered so."""
    stage.refuse = status
    return HttpResponse("ok")


def lose(request: HttpRequest) -> HttpResponse:
    """The next state message is lost on its way."""
    stage.lose = 1
    return HttpResponse("ok")


def acts(request: HttpRequest) -> JsonResponse:
    """What was booked, in order."""
    return JsonResponse({"acts": stage.acts})


urlpatterns = [
    path("station/<code>/", station),
    path("station/<code>/here/", here),
    path("station/<code>/load/", load),
    path("station/<code>/<part>/", station),
    path("floor/", floor),
    path("floor/<part>/", floor),
    path("labour/forgotten/", lambda request: HttpResponse("")),
    path("shift/", shift),
    path("shift/band/<code>/", drawer),
    path("shift/<part>/", shift),
    path("machines/<code>/", machine),
    path("series/", series),
    path("health/", health),
    path("health/<part>/", health),
    path("sign-in/", sign_in),
    path("error/<int:status>/", error),
    path("api/v1/<path:rest>", api),
    path("_poke/<code>/<state>/", poke),
    path("_refuse/<int:status>/", refuse),
    path("_lose/", lose),
    path("_acts/", acts),
]
