"""The skew is what stays, not what one odd row says; a wrong zone switches the form once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.devices import DeviceInput
from tests.unit.processors.devices.stories import (
    DAY,
    HOUR,
    MINUTE,
    NAMED,
    SECOND,
    T0,
    Story,
    handshake,
    presence,
    punches,
)

START = T0 + MINUTE


def uploads(lags: list[int], step: int = 40 * SECOND, start: int = START) -> list[DeviceInput]:
    return [punches(start + n * step, lag=lag * SECOND) for n, lag in enumerate(lags)]


@pytest.mark.parametrize(
    ("lags", "step", "skew"),
    [
        ([-2, -2], 40, None),
        ([-2, -1, -3], 40, -2),
        ([90, 91, 90], 40, 90),
        ([-2, -7000, -1, -3], 40, -2),
        ([-7000, -2, -1, -7200, -3], 40, -2),
        ([-2, -1, -3, -7000, -7000], 40, -2),
        ([-3600, -3601, -3600], 40, -3600),
        ([-3600, -3600, -3600], 1, None),  # at once: a backlog may look like that
        ([-3600, -3500, -3400, -3300, -3200, -3100], 40, None),  # a backlog that drains
        ([100_000, 90_000, 80_000], 40, None),
    ],
)
def test_skew(lags: list[int], step: int, skew: int | None) -> None:
    story = Story().tell(*uploads(lags, step * SECOND))
    assert story.device.skew.seconds == skew


def test_a_backlog_never_counts() -> None:
    backlog = [punches(START + n * MINUTE, lag=-HOUR, rows=200, real_time=False) for n in range(9)]
    assert Story().tell(*backlog).device.skew.seconds is None


def test_the_skew_is_told_within_a_minute() -> None:
    story = Story().tell(*uploads([-5, -5, -5]), presence(START + 3 * MINUTE))
    assert (story.last.skew_s, story.last.skew_at) == (-5, START + 80 * SECOND)


@pytest.mark.parametrize("off", [3600, -3600, 1800, -2700, 7190, 19_830])
def test_whole_hours_after_a_handshake_switch_the_form_once(off: int) -> None:
    story = Story().tell(handshake(T0), *uploads([off, off, off]))
    switched = START + 80 * SECOND
    assert (story.last.time_zone_form, story.last.time_zone_form_switched_at) == ("hh_mm", switched)
    assert (story.last.last_alert, story.last.last_alert_at) == ("time_zone_form_switched", switched)
    again = START + HOUR
    story.tell(handshake(again), *uploads([off, off, off], start=again + MINUTE))
    assert (story.last.time_zone_form, story.last.time_zone_form_switched_at) == ("hh_mm", switched)


@pytest.mark.parametrize("off", [0, 60, 900, 1500, 2000, 5000])
def test_other_skews_switch_nothing(off: int) -> None:
    story = Story().tell(handshake(T0), *uploads([off, off, off]))
    assert story.device.skew.seconds == off
    assert story.device.skew.form == "integer"


def test_long_after_the_handshake_or_with_a_form_by_the_registry_nothing_is_switched() -> None:
    late = Story().tell(handshake(T0), *uploads([3600, 3600, 3600], start=T0 + 2 * DAY))
    assert late.device.skew.form == "integer"
    fixed = Story(replace(NAMED, time_zone_form="integer")).tell(handshake(T0), *uploads([3600, 3600, 3600]))
    assert fixed.device.skew.form == "integer"


def test_a_handshake_begins_anew() -> None:
    story = Story().tell(*uploads([90, 90]), handshake(START + 2 * MINUTE), *uploads([90], start=START + 3 * MINUTE))
    assert story.device.skew.seconds is None
