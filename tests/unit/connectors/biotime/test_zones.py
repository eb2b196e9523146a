"""Learnt zones and watermarks of terminals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.biotime.rows import SeenRow
from connectors.biotime.watermarks import Watermarks
from connectors.biotime.zones import ZoneLearner
from tests.unit.connectors.biotime.test_cursor import row

NOW = 1_772_424_000.0  # 2026-03-02T04:00Z
DUBAI, UTC, BERLIN = ZoneInfo("Asia/Dubai"), ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def fresh(apart: float, times: int = 6, sn: str = "T1", upload: str = "2026-03-02T08:00:00") -> list[SeenRow]:
    punched = (datetime.fromisoformat(upload) + timedelta(seconds=apart)).isoformat(sep=" ")
    return [row(number, upload, terminal_sn=sn, punch_time=punched) for number in range(times)]


def test_a_terminal_of_its_server() -> None:
    learner = ZoneLearner(DUBAI, DUBAI)
    assert learner.learn(fresh(-3))
    assert not learner.learn(fresh(-40))
    assert learner.offsets == {"T1": 14_400}
    assert learner.unlike_server(["T1", "T2"], NOW) == {}


def test_a_terminal_elsewhere_and_uploads_in_utc() -> None:
    learner = ZoneLearner(DUBAI, UTC)
    learner.learn(fresh(14_399, upload="2026-03-02T04:00:00"))
    learner.learn(fresh(19_795, upload="2026-03-02T04:00:00", sn="T2"))
    assert learner.offsets == {"T1": 14_400, "T2": 19_800}
    assert learner.unlike_server(["T1", "T2"], NOW) == {"T2": 19_800}


def test_late_rows_and_wrong_clocks_teach_nothing() -> None:
    learner = ZoneLearner(DUBAI, DUBAI)
    assert not learner.learn([*fresh(-9 * 86_400), *fresh(-400), *fresh(-3, times=4), *fresh(-3, sn="")])
    learner.learn([*fresh(-2), *fresh(-3600, times=5)])
    assert learner.offsets == {"T1": 14_400}


@pytest.mark.parametrize(
    ("said", "conflict"), [(330, True), (4, False), ("4", False), (240, False), (5, True), (None, False)]
)
def test_terminal_tz(said: Any, conflict: bool) -> None:
    learner = ZoneLearner(DUBAI, DUBAI)
    assert learner.conflicts(["T1"], {"T1": {"tz": said}}, NOW) == (["T1"] if conflict else [])
    learner.offsets["T1"] = 18_000
    assert bool(learner.conflicts(["T1"], {"T1": {"tz": said}}, NOW)) is (said not in (5, None))


def test_terminal_tz_knows_no_summer() -> None:
    summer = 1_782_864_000.0  # 2026-07-01
    assert ZoneLearner(BERLIN, BERLIN).conflicts(["T1", "T2"], {"T1": {"tz": 1}, "T2": {"tz": 2}}, summer) == []
    assert ZoneLearner(BERLIN, BERLIN).conflicts(["T1"], {"T1": {"tz": 2}}, NOW) == ["T1"]


class TestWatermarks:
    def test_lesser_of_poll_and_upload(self) -> None:
        marks = Watermarks(DUBAI)
        marks.uploaded([row(1), row(2, "2026-03-02T09:00:00", terminal_sn="t2"), row(3, None), row(4, terminal_sn="")])
        due = marks.due(int(NOW * 1000) + 1000, 0.0)
        assert due == [
            {"device": "T1", "watermark": int(NOW * 1000)},
            {"device": "T2", "watermark": int(NOW * 1000) + 1000},
        ]

    def test_forward_and_once_a_minute(self) -> None:
        marks = Watermarks(DUBAI)
        marks.uploaded([row(1)])
        marks.told(marks.due(1 << 50, 0.0), 0.0)
        assert marks.due(1 << 50, 100.0) == []
        marks.uploaded([row(1, "2026-03-02T07:00:00")])
        assert marks.due(1 << 50, 100.0) == []
        marks.uploaded([row(1, "2026-03-02T08:00:01")])
        assert marks.due(1 << 50, 59.0) == []
        assert len(marks.due(1 << 50, 60.0)) == 1

    def test_the_hour_that_is_lived_twice_counts_as_the_first(self) -> None:
        marks = Watermarks(BERLIN)
        marks.uploaded([row(1, "2026-10-25T02:30:00")])
        assert marks.due(1 << 50, 0.0)[0]["watermark"] == 1_792_888_200_000
