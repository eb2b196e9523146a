"""Differences that other rules would make: of open dates by derivation, of locked ones against what is served."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.errors import NotRestored
from processors.timecards.stream.header import BucketRanges
from processors.timecards.stream.kept_codec import decode_header, encode_header
from processors.timecards.stream.simulate import CardDifference, Scope, archived_keys, differences
from processors.timecards.stream.state_keys import bucket_key, header_key
from schemas.registry import Record, SitePeriod, SiteRecord
from schemas.registry_timecards import CalendarPeriod, CalendarRecord, PolicyPeriod, PolicyRecord
from tests.unit.processors.timecards.stream.simulated import (
    DAY,
    MAX_WAIT_MS,
    ZONE,
    event_time,
    instant,
    lock,
    state_of,
)  # fmt: skip

NEXT = DAY + timedelta(1)
WEEK = Scope("acme", DAY - timedelta(2), DAY + timedelta(4))
SHIFTS = {DAY: ("08:00:00", "18:00:00"), NEXT: ("08:00:00", "16:00:00")}
TIMES = event_time(instant(DAY + timedelta(20), "00:00"))


def registry(settings: dict[str, Any] | None = None, *more: Record) -> CardRegistry:
    records: list[Record] = [
        SiteRecord("berlin", (SitePeriod(zone=ZONE),)), PolicyRecord("all", (PolicyPeriod(settings=settings or {}),)),
    ]  # fmt: skip
    return CardRegistry.of([(record, 1) for record in (*records, *more)], 5)


OVERTIME = {"ot": {"daily": [{"after": 480, "bucket": "ot1"}]}}


def found(
    values: dict[bytes, bytes], after: CardRegistry, scope: Scope = WEEK, archived: dict[bytes, bytes] | None = None
) -> list[CardDifference]:
    return list(differences(values, archived or {}, registry(), after, scope, max_wait_ms=MAX_WAIT_MS))


def test_a_change_of_policy_shows_on_the_dates_that_it_changes() -> None:
    (one,) = found({**state_of("E1", SHIFTS), **TIMES}, registry(OVERTIME))
    assert (one.employee, one.work_date, one.is_locked) == ("E1", DAY, False)
    assert one.deltas == {"reg": -120, "ot1": 120}
    assert (one.before["worked"], one.after["worked"]) == (600, 600)


def test_no_change_and_one_that_says_the_same_show_nothing() -> None:
    values = {**state_of("E1", SHIFTS), **TIMES}
    assert found(values, registry()) == []
    assert found(values, registry({"dup_window_s": 60})) == []


def test_a_calendar_counts_like_a_policy() -> None:
    holiday = CalendarRecord("de", (CalendarPeriod(holidays={NEXT: "Feast"}),))
    before = registry({"holiday_bucket": "hol"})
    after = registry({"holiday_bucket": "hol"}, holiday)
    values = {**state_of("E1", SHIFTS), **TIMES}
    (one,) = differences(values, {}, before, after, WEEK, max_wait_ms=MAX_WAIT_MS)
    assert (one.work_date, one.deltas) == (NEXT, {"reg": -480, "hol": 480})
    assert "HOLIDAY_WORK" in one.exceptions_after


def test_event_time_is_that_of_the_state() -> None:
    """Whether somebody has forgotten to clock out depends on what the devices have told, not on today."""

    def codes(time: str) -> list[tuple[str, ...]]:
        values = {**state_of("E1", {DAY: ("08:00:00",)}), **event_time(instant(DAY, time))}
        return [one.exceptions_after for one in found(values, registry({"max_open_min": 300}))]

    assert (codes("12:59"), codes("13:01")) == ([], [("MISSING_OUT",)])


def test_a_locked_date_is_compared_with_what_is_served_also_when_the_registry_stays() -> None:
    locked = lock(worked=600, reg=600)
    values = {**state_of("E1", SHIFTS, locks={DAY: locked}), **TIMES}
    (one,) = found(values, registry(OVERTIME))
    assert (one.work_date, one.is_locked, one.deltas) == (DAY, True, {"reg": -120, "ot1": 120})
    adjusted = locked._replace(adjusted=(0, -120, 120, 0, 0, 0, 0), sequence=1)
    again = {**state_of("E1", SHIFTS, locks={DAY: adjusted}), **TIMES}
    assert [one.deltas for one in found(again, registry(OVERTIME)) if one.deltas] == []
    (back,) = found(again, registry())
    assert back.deltas == {"reg": 120, "ot1": -120}


def test_only_what_is_asked_for() -> None:
    everybody = {
        **state_of("E1", SHIFTS, pay_group="office"), **state_of("E2", SHIFTS, pay_group="plant"),
        **state_of("E3", SHIFTS, tenant="other"), **TIMES,
    }  # fmt: skip

    def who(**scope: Any) -> list[str]:
        asked = Scope(**{"tenant": "acme", "first": WEEK.first, "last": WEEK.last, **scope})
        kept = {key: value for key, value in everybody.items() if asked.owns(key)}
        return [one.employee for one in found(kept, registry(OVERTIME), asked)]

    assert who() == ["E1", "E2"]
    assert who(employees=["E2"]) == ["E2"]
    assert who(pay_group="office") == ["E1"]
    assert who(tenant="other") == ["E3"]
    assert who(last=DAY - timedelta(1)) == []


def test_what_is_archived_is_asked_for_and_read() -> None:
    values = {**state_of("E1", SHIFTS), **TIMES}
    owner = header_key("acme", "E1")
    header = decode_header(values[owner])
    (number,) = header.hot
    header.hot, header.archived = set(), BucketRanges([(number, number)])
    key = bucket_key(owner, number)
    archived = {key: values.pop(key)}
    values[owner] = encode_header(header)
    assert archived_keys(values, registry(), registry(OVERTIME), WEEK) == {key}
    assert (
        archived_keys(values, registry(), registry(OVERTIME), Scope("acme", date(2026, 6, 1), date(2026, 6, 7)))
        == set()
    )
    (one,) = found(values, registry(OVERTIME), WEEK, archived)
    assert one.deltas == {"reg": -120, "ot1": 120}
    with pytest.raises(NotRestored):
        found(values, registry(OVERTIME))
