"""What a clock shows of its own punches and of what timecards tell: who wins, and whose hours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime.areas import Areas
from runtime.last_punch_view import best_of
from schemas.lastpunch import LastPunch, area_key, hours_key, is_of_timecards, last_punch_key
from schemas.registry import AreaRecord, GroupPeriod, Record, SiteRecord

OWN = LastPunch(
    tenant="t", device="A1", pin="7", punch_at=1000, local_text="own", state=0, work_code="", event_id="a" * 32
)
TOLD = replace(
    OWN, device="B2", local_text="told", event_id="b" * 32, employee="e1", week_minutes=60, week_start="2026-06-01",
    as_of=5000,
)  # fmt: skip


def test_without_timecards_the_clocks_own_punch_is_all_there_is() -> None:
    assert best_of(OWN, None, []) == OWN
    assert best_of(None, None, []) is None


@pytest.mark.parametrize(("told_at", "shown"), [(999, "own"), (1001, "told")])
def test_the_greater_punch_is_shown_with_the_hours_of_the_person(told_at: int, shown: str) -> None:
    last = best_of(OWN, replace(TOLD, punch_at=told_at), [])
    assert last is not None
    assert (last.local_text, last.week_minutes, last.week_start, last.as_of) == (shown, 60, "2026-06-01", 5000)


def test_a_punch_that_does_not_count_gives_way_to_an_earlier_one() -> None:
    last = best_of(OWN, replace(TOLD, punch_at=500, overruled=[OWN.event_id]), [])
    assert last is not None
    assert last.local_text == "told"


def test_a_clock_shows_what_was_punched_at_another_one_of_its_area() -> None:
    last = best_of(None, None, [TOLD])
    assert last == TOLD


def test_the_newest_that_timecards_tell_counts_also_when_its_punch_is_earlier() -> None:
    voided = replace(TOLD, punch_at=3000, local_text="voided since", as_of=4000, week_minutes=600)
    last = best_of(None, voided, [replace(TOLD, punch_at=2000)])
    assert last is not None
    assert (last.local_text, last.week_minutes) == ("told", 60)


def test_nobody_is_shown_the_punch_or_the_hours_of_somebody_else_with_that_pin() -> None:
    other = replace(TOLD, employee="e2", punch_at=9000, as_of=9000, week_minutes=2000)
    assert best_of(OWN, TOLD, [other]) == replace(
        TOLD if TOLD.punch_at > OWN.punch_at else OWN, week_minutes=60, week_start="2026-06-01", as_of=5000,
        employee="e1",
    )  # fmt: skip
    assert best_of(None, None, [TOLD, other]) is None


def test_keys_of_clocks_and_of_timecards_differ() -> None:
    keys = [last_punch_key("HOURS", "07"), hours_key("A1", "07"), area_key("hall", "07")]
    assert keys == [b"HOURS+7", b"hours+A1+7", b"area+hall+7"]
    assert [is_of_timecards(key) for key in keys] == [False, True, True]


class Registry:
    def __init__(self, *records: Record) -> None:
        self.version = 1
        self.made = list(records)

    def records(self) -> list[Record]:
        return self.made


def test_areas_are_those_of_the_instant_and_follow_the_registry() -> None:
    hall = AreaRecord("hall", (GroupPeriod(None, 100, devices=("A1",)), GroupPeriod(100, None, devices=("A1", "B2"))))
    registry = Registry(hall, SiteRecord("s", ()))
    areas = Areas(registry)
    assert [areas.of("A1", 50), areas.of("B2", 50), areas.of("B2", 100), areas.of("C3", 100)] == [
        ("hall",), (), ("hall",), (),
    ]  # fmt: skip
    registry.made.append(AreaRecord("yard", (GroupPeriod(devices=("A1",)),)))
    registry.version += 1
    assert areas.of("A1", 50) == ("hall", "yard")
