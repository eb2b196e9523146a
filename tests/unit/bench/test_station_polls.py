"""Late and missed polls from the times at which stations were asked."""

from __future__ import annotations

from bench.station_polls import polling_of


def times(*distances: float) -> list[float]:
    at = [100.0]
    for distance in distances:
        at.append(at[-1] + distance)
    return at


def test_polls_in_time_are_not_late_and_a_second_page_is_no_poll() -> None:
    found = polling_of([times(5.0, 0.2, 5.3, 4.6)], 100.0, 116.0, [0.5], 80.0)
    assert (found.polls, found.missed, found.late_ms) == (3, 0, [0.0, 0.0, 0.0])


def test_lateness_counts_beyond_period_and_jitter_and_whole_periods_are_missed() -> None:
    found = polling_of([times(7.5, 17.0)], 100.0, 125.0, [0.5], 80.0)
    assert [round(late) for late in found.late_ms] == [2000, 11_500]
    assert found.missed == 2


def test_a_station_that_is_asked_no_more_or_never_or_late_at_first_has_missed_what_was_due() -> None:
    ended = 100.0 + 60.0
    assert polling_of([times(5.0)], 100.0, ended, [0.5], 80.0).missed == 10  # 55 s at 5.5 s each
    assert polling_of([[]], 100.0, ended, [0.5], 80.0).missed == 10
    assert polling_of([[155.0]], 100.0, ended, [0.5], 80.0).missed == 9
