"""A report is made once, kept with its data time, opened only by those who may, and comes out the same again."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.models import User
from factory_core.reporting.content import Bars, Content, Figures, Table, read_content
from factory_core.reporting.definition import NoSuchReport
from factory_core.reporting.parameters import BadParameters
from production.orders.services import report_count
from production.reports.models import ReportRun
from production.reports.queries.runs import NoSuchRun, is_untouched, run_or_missing, runs_seen
from production.reports.services import make_anew, make_report, reproduce
from tests.world.people import Cast, a_user
from tests.world.plant import Plant
from tests.world.production import a_reason, a_running_order, a_shift, a_stop, minute

DAY = {"on": "2026-11-20", "shift": "0"}


def made(actor: User, code: str, at: datetime, **given: str) -> ReportRun:
    with acting(actor, channel="test"):
        return make_report(actor=actor, code=code, given=given, at=at)


def shift_of(actor: User, plant: Plant, at: float = 600) -> ReportRun:
    return made(actor, "shift", minute(at), line=plant.line_a.code, **DAY)


def table(run: ReportRun, key: str) -> Table:
    return next(p for p in read_content(run.content).parts if isinstance(p, Table) and p.key == key)


def test_a_report_is_kept_with_what_it_was_made_from(plant: Plant, cast: Cast) -> None:
    a_stop(plant.press)
    run = shift_of(cast.supervisor, plant)
    assert run.parameters == {"line": plant.line_a.code, **DAY}
    assert (run.report, run.by, run.data_at, run.needs) == ("shift", cast.supervisor, minute(600), [])
    assert (run.site, run.line) == (plant.site, plant.line_a)
    assert run.title == "Shift report · Line A · whole day · 2026-11-20"
    assert is_untouched(run)
    assert Event.objects.get(name="reports.made").actor == cast.supervisor


def test_built_again_for_its_moment_it_is_the_same_to_the_last_byte(plant: Plant, cast: Cast) -> None:
    a_shift(plant.site)
    order = a_running_order(cast.supervisor, plant.press, quantity=100)
    a_stop(plant.press, 10, 40)
    with acting(cast.supervisor, channel="test"):
        report_count(actor=cast.supervisor, machine=plant.press, kind="good", quantity=Decimal(7), at=minute(100))
    run = shift_of(cast.supervisor, plant, at=120)
    with acting(cast.supervisor, channel="test"):
        report_count(actor=cast.supervisor, machine=plant.press, kind="good", quantity=Decimal(5), at=minute(200))
    again = reproduce(actor=cast.supervisor, run_id=run.pk)
    assert again.changes == []
    assert again.is_same
    assert order.number in str(run.content)


def test_data_that_came_later_for_its_time_is_named(plant: Plant, cast: Cast) -> None:
    a_shift(plant.site)
    a_running_order(cast.supervisor, plant.press, quantity=100)
    a_stop(plant.press, 10, 40)
    run = shift_of(cast.supervisor, plant, at=120)
    with acting(cast.supervisor, channel="test"):
        report_count(actor=cast.supervisor, machine=plant.press, kind="good", quantity=Decimal(5), at=minute(100))
    again = reproduce(actor=cast.supervisor, run_id=run.pk)
    assert not again.is_same
    assert ("Made by order", "5") in {(change.where.split(" · ")[0], change.after) for change in again.changes}
    assert is_untouched(ReportRun.objects.get(pk=run.pk))


def test_made_anew_it_stands_beside_the_old_one(plant: Plant, cast: Cast) -> None:
    a_stop(plant.press)
    run = shift_of(cast.supervisor, plant, at=300)
    with acting(cast.supervisor, channel="test"):
        later = make_anew(actor=cast.supervisor, run_id=run.pk, at=minute(600))
    assert (later.parameters, later.data_at) == (run.parameters, minute(600))
    assert list(runs_seen(cast.supervisor)) == [later, run]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on": "2026-11-20", "shift": "0"}, "Line: say which."),
        ({"line": "nowhere", **DAY}, "there is no line nowhere"),
        ({"line": "A", "on": "20.11.2026", "shift": "0"}, "is not a day"),
        ({"line": "A", "on": "2027-01-01", "shift": "0"}, "lies outside the time"),
        ({"line": "A", "on": "2026-11-20", "shift": "99999"}, "has no such shift"),
        ({"line": "A", **DAY, "colour": "red"}, "does not ask for colour"),
    ],
)
def test_what_is_wrong_is_said_of_each_field(plant: Plant, cast: Cast, given: dict[str, str], said: str) -> None:
    wish = {key: plant.line_a.code if value == "A" else value for key, value in given.items()}
    with pytest.raises(BadParameters, match=said), acting(cast.supervisor, channel="test"):
        make_report(actor=cast.supervisor, code="shift", given=wish, at=minute(600))
    assert ReportRun.objects.count() == 0


def test_a_period_that_runs_backwards_or_for_ever_is_refused(plant: Plant, cast: Cast) -> None:
    for first, last, said in (
        ("2026-11-20", "2026-11-19", "before the first"),
        ("2025-01-01", "2026-11-20", "at most"),
    ):
        with pytest.raises(BadParameters, match=said):
            made(cast.owner, "losses", minute(600), period_from=first, period_until=last)
    assert ReportRun.objects.count() == 0


def test_the_supervisor_of_a_line_makes_reports_of_it_and_of_no_other(plant: Plant, cast: Cast) -> None:
    with pytest.raises(BadParameters, match="there is no line"):
        made(cast.supervisor, "shift", minute(600), line=plant.line_b.code, **DAY)
    # The whole site is more than a line.
    with pytest.raises(Forbidden):
        made(cast.supervisor, "losses", minute(600), period_from="2026-11-20", period_until="2026-11-20")
    assert ReportRun.objects.count() == 0


def test_strangers_operators_and_the_disabled_make_and_open_none(plant: Plant, cast: Cast) -> None:
    run = shift_of(cast.supervisor, plant)
    for nobody in (cast.stranger, cast.operator, cast.neighbour, cast.disabled, cast.terminal):
        with pytest.raises(NoSuchReport):
            make_report(actor=nobody, code="shift", given={"line": plant.line_a.code, **DAY}, at=minute(600))
        with pytest.raises(NoSuchRun):
            run_or_missing(nobody, run.pk)
        assert list(runs_seen(nobody)) == []
    assert ReportRun.objects.count() == 1


def test_what_holds_working_time_opens_only_to_who_may_see_it(plant: Plant, cast: Cast) -> None:
    order = a_running_order(cast.supervisor, plant.press)
    run = made(cast.supervisor, "order", minute(60), order=order.number)
    assert run.needs == ["production.labour.view"]
    assert any(part.key == "labour" for part in read_content(run.content).parts if isinstance(part, Table))
    # Quality may make and open reports, but not see who worked how long.
    with pytest.raises(Forbidden):
        run_or_missing(cast.quality, run.pk)
    assert list(runs_seen(cast.quality)) == []
    own = made(cast.quality, "order", minute(60), order=order.number)
    assert own.needs == []
    assert "labour" not in str(own.content)
    assert set(runs_seen(cast.supervisor)) == {run, own}


def test_the_shift_report_adds_up_to_the_second(plant: Plant, cast: Cast) -> None:
    early = a_shift(plant.site)
    a_running_order(cast.supervisor, plant.press)
    a_stop(plant.press, 10, 40)
    run = made(cast.supervisor, "shift", minute(600), line=plant.line_a.code, on="2026-11-20", shift=str(early.pk))
    account = table(run, "account")
    press = next(row for row in account.rows if row[0] == "Press 1")
    assert press[-1] == Decimal(8 * 3600)
    assert sum(press[1:-1]) == Decimal(8 * 3600)  # type: ignore[arg-type]
    stops = next(p for p in read_content(run.content).parts if isinstance(p, Bars))
    assert stops.bars == [("No reason given", Decimal(1800))]
    assert [row[0] for row in table(run, "open").rows] == ["stop without a reason"]


def test_the_rule_set_is_named_on_the_figures(plant: Plant, cast: Cast) -> None:
    a_stop(plant.press)
    content = read_content(shift_of(cast.supervisor, plant).content)
    figures = next(part for part in content.parts if isinstance(part, Figures))
    assert figures.title == "Figures by the rule set: ISO 22400"
    assert {item.key for item in figures.items} >= {"oee", "availability", "effectiveness", "quality"}
    assert figures.items[0].detail == "A × E × Q"


def test_the_order_report_tells_steps_stops_and_scrap(plant: Plant, cast: Cast) -> None:
    order = a_running_order(cast.supervisor, plant.press, quantity=100)
    a_stop(plant.press, 10, 40)
    a_reason("jam")
    with acting(cast.supervisor, channel="test"):
        report_count(actor=cast.supervisor, machine=plant.press, kind="good", quantity=Decimal(90), at=minute(50))
        report_count(
            actor=cast.supervisor, machine=plant.press, kind="scrap", quantity=Decimal(3), at=minute(55), reason="=bent"
        )
    run = made(cast.supervisor, "order", minute(60), order=order.number)
    step = table(run, "steps").rows[0]
    assert step[4:] == [Decimal(3600), Decimal(100), Decimal(90), Decimal(3), Decimal(0)]
    assert table(run, "losses").rows == [["scrap", "=bent", Decimal(3)]]
    assert table(run, "stop-rows").rows[0][2] == Decimal(1800)


def test_an_order_nobody_knows_makes_no_report(plant: Plant, cast: Cast) -> None:
    from production.orders.queries import NoSuchOrderPage

    with pytest.raises(NoSuchOrderPage):
        made(cast.supervisor, "order", minute(60), order="PO-999999")
    assert ReportRun.objects.count() == 0


def test_the_loss_report_of_a_period_ranks_stops(plant: Plant, cast: Cast) -> None:
    a_stop(plant.press, 10, 40)
    run = made(
        cast.supervisor,
        "losses",
        minute(600),
        line=plant.line_a.code,
        period_from="2026-11-20",
        period_until="2026-11-20",
    )
    bars = next(part for part in read_content(run.content).parts if isinstance(part, Bars))
    assert bars.bars == [("No reason given", Decimal(1800))]
    assert read_content(run.content).line == plant.line_a.code


def test_the_day_of_the_owner_is_kept_without_what_others_may_not_know(plant: Plant, cast: Cast) -> None:
    run = made(cast.owner, "today", minute(600))
    assert run.line is None
    assert run.needs == ["inventory.sales.view", "production.cost.view"]
    content: Content = read_content(run.content)
    assert [item.key for item in content.parts[0].items][:3] == ["plan", "stops", "orders"]  # type: ignore[union-attr]


def test_a_superuser_opens_every_report(plant: Plant, cast: Cast) -> None:
    order = a_running_order(cast.supervisor, plant.press)
    run = made(cast.controller, "order", minute(60), order=order.number)
    root = a_user("root.reports", superuser=True)
    assert list(runs_seen(root)) == [run]
    assert run_or_missing(root, run.pk) == run


def test_a_night_of_the_clock_change_is_whole_in_its_report(plant: Plant, cast: Cast) -> None:
    night = a_shift(plant.site, "22:00", "06:00", "Night")
    at = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)
    run = made(cast.supervisor, "shift", at, line=plant.line_a.code, on="2026-10-24", shift=str(night.pk))
    account = table(run, "account")
    assert {row[-1] for row in account.rows} == {Decimal(9 * 3600)}
