"""Silent: on the second working day without punches, and never while it learns, on a holiday or after an outage."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from processors.devices.silence import is_busy, local_hour
from schemas.devices import DeviceStatus
from tests.unit.processors.devices.stories import DAY, HOUR, NAMED, Story, presence, punches, tick

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
WORK_HOURS = (7, 8, 12, 16)
FACTS = replace(NAMED, zone="UTC", offline_after_ms=2 * HOUR)


def ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def live(story: Story, day: int, *, punching: bool, offline: bool = False) -> None:
    """One day of polls every half hour, with punches in the working hours of Monday to Friday."""
    for half_hour in range(48):
        moment = MONDAY + timedelta(days=day, minutes=30 * half_hour)
        works = punching and day % 7 < 5 and moment.hour in WORK_HOURS and moment.minute == 0
        if not offline:
            story.tell(presence(ms(moment)))
            if works:
                story.tell(punches(ms(moment), hours=[f"{moment:%Y-%m-%dT%H}"]))
        story.tell(tick(ms(moment)))


def weeks(story: Story, count: int, quiet: Collection[int] = ()) -> None:
    for day in range(7 * count):
        live(story, day, punching=day not in quiet)


def statuses(story: Story) -> set[DeviceStatus]:
    return {state.status for state in story.outputs}


@pytest.fixture
def learned() -> Story:
    story = Story(FACTS)
    weeks(story, 5)
    assert statuses(story) == {DeviceStatus.ONLINE}
    return story


def test_the_second_working_day_without_punches_is_silent_and_a_punch_ends_it(learned: Story) -> None:
    live(learned, 35, punching=False)
    assert statuses(learned) == {DeviceStatus.ONLINE}
    live(learned, 36, punching=False)
    assert learned.status() is DeviceStatus.SILENT
    assert learned.last.status_since == ms(MONDAY + timedelta(days=36, hours=8))
    live(learned, 37, punching=True)
    assert learned.status() is DeviceStatus.ONLINE


def test_a_single_holiday_and_weekends_are_not_silent(learned: Story) -> None:
    for day in range(35, 56):
        live(learned, day, punching=day not in (37, 45))
    assert statuses(learned) == {DeviceStatus.ONLINE}


def test_nothing_is_silent_while_it_is_learned() -> None:
    story = Story(FACTS)
    weeks(story, 3)
    for day in range(21, 25):
        live(story, day, punching=False)
    assert statuses(story) == {DeviceStatus.ONLINE}


def test_hours_offline_are_not_held_against_it(learned: Story) -> None:
    for day in range(35, 37):
        live(learned, day, punching=False, offline=True)
    live(learned, 37, punching=False)
    assert statuses(learned) == {DeviceStatus.ONLINE, DeviceStatus.OFFLINE}
    live(learned, 38, punching=False)
    assert learned.status() is DeviceStatus.SILENT


def test_a_device_that_uploads_at_set_times_is_never_silent(learned: Story) -> None:
    learned.facts = replace(FACTS, realtime=False)
    for day in range(35, 40):
        live(learned, day, punching=False)
    assert statuses(learned) == {DeviceStatus.ONLINE}


def test_the_same_rows_uploaded_again_teach_nothing_new(learned: Story) -> None:
    before = learned.device.silence.weeks
    moment = MONDAY + timedelta(days=34, hours=23)
    old = [f"{MONDAY + timedelta(days=day, hours=7):%Y-%m-%dT%H}" for day in (28, 29, 30)]
    learned.tell(*(punches(ms(moment), hours=old, real_time=False) for _ in range(9)))
    assert learned.device.silence.weeks == before


def test_a_shift_every_other_week_is_not_expected() -> None:
    hour = local_hour(ms(MONDAY), "UTC", "zone")
    bit = f"{1 << hour % 168:x}"
    before = range(hour // 168 - 8, hour // 168)
    assert is_busy({str(week): bit for week in before}, hour)
    assert not is_busy({str(week): bit if week % 2 else "0" for week in before}, hour)


def test_hours_of_nonsense_and_of_a_clock_that_is_ahead_are_left_out() -> None:
    at = ms(MONDAY)
    story = Story(FACTS).tell(punches(at, hours=["nonsense", "2026-13-01T00", "2026-01-05T05", "1999-01-01T00"]))
    assert story.device.silence.weeks == {}
    assert len(story.tell(punches(at, hours=["2026-01-04T23"])).device.silence.weeks) == 1


def test_the_pattern_stays_small(learned: Story) -> None:
    for day in range(35, 120):
        live(learned, day, punching=True)
    assert len(learned.device.silence.weeks) <= 9
    assert len(learned.stored[b"TST1"]) < 3000


def test_a_zone_that_does_not_exist_does_no_harm() -> None:
    assert local_hour(DAY, "Nowhere/Land", "zone") == 24
    assert local_hour(DAY, "Asia/Kolkata", "zone") == 29
    assert local_hour(DAY, "UTC", "fixed:-02:00") == 22
