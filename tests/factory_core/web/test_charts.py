"""Server drawings: where bands lie, how many nodes they cost, what a clock change does."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from factory_core.web.charts import Band, Bar, axis, hours, merged, pareto, progress, sparkline, timeline, totals

BERLIN = ZoneInfo("Europe/Berlin")
SIX = datetime(2026, 11, 20, 6, tzinfo=BERLIN)
TWO = SIX + timedelta(hours=8)


def at(hour: float) -> datetime:
    return SIX + timedelta(hours=hour - 6)


def test_a_band_lies_where_its_hours_are() -> None:
    drawn = timeline([Band("run", at(8), at(10))], SIX, TWO)
    assert 'class="b b-run s-run" d="M250 0h250v24h-250z"' in drawn


def test_one_path_a_state_however_many_bands() -> None:
    kinds = ["run", "ask", "stop"]
    bands = [Band(kinds[i % 3], at(6 + i / 50), at(6 + (i + 1) / 50)) for i in range(300)]
    assert timeline(bands, SIX, TWO).count("<path") == 3


def test_bands_are_cut_at_the_shift_and_an_open_one_ends_now() -> None:
    drawn = timeline([Band("stop", at(4), at(7)), Band("run", at(7), None)], SIX, TWO, now=at(10))
    assert 'd="M0 0h125v24h-125z"' in drawn
    assert 'd="M125 0h375v24h-375z"' in drawn
    assert '<path class="now" d="M500 0v24"/>' in drawn


def test_equal_neighbours_become_one_band() -> None:
    joined = merged([Band("run", at(7), at(8)), Band("run", at(6), at(7)), Band("stop", at(8), None)], TWO)
    assert joined == [Band("run", at(6), at(8)), Band("stop", at(8), None)]


def test_totals_add_up_to_the_shift() -> None:
    bands = [Band("run", at(5), at(7)), Band("ask", at(7), at(7.5)), Band("run", at(7.5), None)]
    assert totals(bands, SIX, TWO) == {"run": 3600 + 6.5 * 3600, "ask": 1800}


def test_patterned_states_are_drawn_with_their_pattern() -> None:
    assert 'fill="url(#pattern-ask)"' in timeline([Band("ask", SIX, TWO)], SIX, TWO)


def test_a_label_cannot_bring_markup_in() -> None:
    assert "<script" not in timeline([], SIX, TWO, label='"><script>')


def test_the_shift_in_which_the_clock_goes_back_has_nine_hours() -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=BERLIN)
    end = datetime(2026, 10, 25, 6, tzinfo=BERLIN)
    start_utc, end_utc = start.astimezone(ZoneInfo("UTC")), end.astimezone(ZoneInfo("UTC"))
    marks = [tick.astimezone(BERLIN).hour for _place, tick in hours(start_utc, end_utc)]
    assert marks == [22, 23, 0, 1, 2, 2, 3, 4, 5]


def test_local_times_give_the_same_nine_hours() -> None:
    marks = re.findall(
        r">(\d\d)<", axis(datetime(2026, 10, 24, 22, tzinfo=BERLIN), datetime(2026, 10, 25, 6, tzinfo=BERLIN))
    )
    assert marks == ["22", "23", "00", "01", "02", "02", "03", "04", "05"]


def test_the_spring_shift_has_seven_hours_and_half_of_it_lies_in_the_middle() -> None:
    start, end = datetime(2026, 3, 28, 22, tzinfo=BERLIN), datetime(2026, 3, 29, 6, tzinfo=BERLIN)
    assert re.findall(r">(\d\d)<", axis(start, end)) == ["22", "23", "00", "01", "03", "04", "05"]
    half = (start.astimezone(ZoneInfo("UTC")) + timedelta(hours=3.5)).astimezone(BERLIN)
    assert 'd="M0 0h500v24h-500z"' in timeline([Band("run", start, half)], start, end)


def test_the_longest_bar_fills_the_width() -> None:
    drawings = [drawing for _bar, drawing in pareto([Bar("Jam", 90, "90 min"), Bar("Tool", 45, "45 min")])]
    assert 'width="100" height="1"' in drawings[0]
    assert 'width="50" height="1"' in drawings[1]


def test_nothing_at_all_can_be_drawn() -> None:
    assert pareto([]) == []
    assert "<path" not in sparkline([None, None])
    assert 'class="done" width="0"' in progress(0, 0)


def test_a_hole_in_a_sparkline_stays_a_hole() -> None:
    assert 'd="M0 22L25 2M75 12L100 12"' in sparkline([0, 2, None, 1, 1])


def test_more_than_ordered_does_not_leave_the_bar() -> None:
    drawn = progress(130, 100, expected=100)
    assert 'class="done" width="100"' in drawn
    assert 'd="M76.92 0v8"' in drawn
