"""Whose punches are whose, case by case; any order is in test_any_order.py."""

from __future__ import annotations

import pytest

from processors.resolve import partition as resolve_partition
from processors.resolve.kept import StateUnreadable, pin_key
from processors.resolve.partition import key_of_input
from schemas.timecards_input import TimecardInput, TimecardInputKind
from tests.unit.processors.resolve.worlds import HOUR, T0, Partition, area, identity, punch, punched, tick, watermark

ASSIGN, RETRACT = TimecardInputKind.ASSIGN, TimecardInputKind.RETRACT
ID = punch("D1", "7").event_id


def words(told: list[TimecardInput]) -> list[tuple[TimecardInputKind, str, int]]:
    return [(one.kind, one.employee, one.identity_version) for one in told]


def test_a_punch_of_nobody_waits_until_somebody_is_behind_its_pin() -> None:
    partition = Partition()
    assert partition.tell(punched("D1", "007")) == []
    (told,) = partition.tell(identity("D1", "7", "ann", 5))
    assert (told.kind, told.tenant, told.employee, told.punch_id) == (
        ASSIGN,
        "demo",
        "ann",
        punch("D1", "007").event_id,
    )
    assert told.punch is not None
    assert (told.punch.pin, told.punch.device, told.punch.punch_at, told.punch.site) == ("7", "D1", T0, "pune")


def test_the_identity_at_punch_time_counts() -> None:
    partition = Partition()
    partition.tell(identity("D1", "7", "ann", 1, until=T0), identity("D1", "7", "bob", 2, since=T0))
    told = partition.tell(punched("D1", "7", T0 - 1000), punched("D1", "7", T0), punched("D2", "7", T0))
    assert [one.employee for one in told] == ["ann", "bob"]


def test_a_corrected_identity_retracts_and_assigns() -> None:
    partition = Partition()
    partition.tell(identity("D1", "7", "ann", 1), punched("D1", "7"))
    assert words(partition.tell(identity("D1", "7", "bob", 4))) == [(RETRACT, "ann", 4), (ASSIGN, "bob", 4)]
    assert words(partition.tell(identity("D1", "7", "", 6, deleted=True))) == [(RETRACT, "bob", 6)]
    assert partition.tell(identity("D1", "7", "ann", 5)) == []  # older than what is known
    assert partition.owned() == {}


def test_the_same_owner_by_a_newer_record_is_no_news() -> None:
    partition = Partition()
    partition.tell(identity("D1", "7", "ann", 1), punched("D1", "7"))
    assert partition.tell(identity("D1", "7", "ann", 2)) == []


def test_a_better_copy_is_told_again_and_a_worse_one_is_not() -> None:
    partition = Partition()
    partition.tell(identity("D1", "7", "ann", 1), punched("D1", "7", rank=5))
    (told,) = partition.tell(punched("D1", "7", rank=9))
    assert (told.kind, told.rank) == (ASSIGN, 9)
    assert partition.tell(punched("D1", "7", rank=7)) == []
    (told,) = partition.tell(punched("D1", "7", rank=11, counts=False))
    assert (told.kind, told.employee, told.identity_version, told.rank) == (RETRACT, "ann", 1, 11)
    assert partition.tell(identity("D1", "7", "bob", 3)) == []  # it is no attendance whoever it is


def test_nobody_has_pin_0() -> None:
    partition = Partition()
    assert partition.tell(identity("D1", "0", "ann", 1), punched("D1", "000")) == []
    assert not any(key.startswith(b"day") for key in partition.stored)


def test_an_areas_people_punch_where_and_while_its_devices_are() -> None:
    partition = Partition()
    partition.tell(identity("D1", "7", "ann", 1, scope="area:x"), punched("D1", "7"), punched("D1", "7", T0 + HOUR))
    told = partition.tell(area("x", 10, D1=[[None, T0 + 1]]))
    assert words(told) == [(ASSIGN, "ann", 11)]
    told = partition.tell(area("x", 20, D1=[[T0 + 1, None]]))
    assert sorted(words(told)) == [(ASSIGN, "ann", 21), (RETRACT, "ann", 21)]
    assert words(partition.tell(area("x", 30))) == [(RETRACT, "ann", 31)]
    assert partition.tell(area("x", 25, D1=[[None, None]])) == []


def test_what_is_said_of_the_device_goes_before_its_area_and_the_later_before_the_earlier() -> None:
    partition = Partition()
    partition.tell(area("x", 1, D1=[[None, None]]), identity("D1", "7", "ann", 9, scope="area:x"))
    partition.tell(identity("D1", "7", "bob", 2), punched("D1", "7"))
    assert partition.owned() == {ID: {"bob"}}
    partition.tell(identity("D1", "7", "cyd", 3, since=T0 - HOUR))
    assert partition.owned() == {ID: {"cyd"}}
    partition.tell(identity("D1", "7", "", 5, since=T0 - 1))  # nobody, and that is said
    assert partition.owned() == {}


def test_an_index_of_pins_that_was_made_knows_those_that_come_after() -> None:
    partition = Partition()
    partition.tell(area("x", 1))
    partition.tell(identity("D1", "7", "ann", 1, scope="area:x"), punched("D1", "7"))
    assert words(partition.tell(area("x", 2, D1=[[None, None]]))) == [(ASSIGN, "ann", 3)]


def test_after_a_crash_before_the_sending_both_sides_are_told_again() -> None:
    partition = Partition()
    partition.tell(identity("D1", "7", "ann", 1), area("x", 1, D1=[[None, None]]), punched("D1", "7"))
    partition.log.append(identity("D1", "7", "bob", 2))
    partition.take(1, "before_send")
    assert words(partition.take(1)) == [(RETRACT, "ann", 3 - 1), (ASSIGN, "bob", 2)]


def test_after_a_crash_a_better_copy_takes_the_punch_from_whom_it_was() -> None:
    partition = Partition()
    partition.tell(identity("D1", "7", "ann", 1), punched("D1", "7", rank=1))
    partition.log.append(punched("D1", "7", rank=2, counts=False))
    partition.take(1, "before_send")
    assert words(partition.take(1)) == [(RETRACT, "ann", 1)]


def test_punches_that_are_too_many_are_counted_and_sent_but_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve_partition, "MAX_DAY_PUNCHES", 3)
    partition = Partition()
    partition.tell(identity("D1", "7", "ann", 1))
    told = partition.tell(*(punched("D1", "7", T0 + number * 1000) for number in range(5)), punched("D1", "8"))
    assert (partition.surplus, len(told)) == (2, 5)
    assert len(partition.tell(punched("D1", "7", T0 + 48 * HOUR))) == 1  # another day has room
    assert partition.surplus == 2
    told = partition.tell(identity("D1", "7", "bob", 2))
    assert sum(one.kind is ASSIGN for one in told) == 4


def test_what_cannot_be_read_of_the_state_stops_it() -> None:
    partition = Partition()
    partition.tell(punched("D1", "7"))
    partition.stored[pin_key("D1", "7")] = b'[2,{},{"2026-03":2}]'
    with pytest.raises(StateUnreadable, match=r"a PIN .* version 2"):
        partition.tell(punched("D1", "7", T0 + HOUR))


def test_every_input_names_the_state_that_grows_by_it() -> None:
    inputs = [punched("D1", "07"), identity("D1", "7", "ann", 1), area("x", 1), watermark("D1", T0), tick(T0)]
    assert [key_of_input(one) for one in inputs[:4]] == [b"day+D1+7+2026-03-01", b"pin+D1+7", b"area+x", b"mark+D1"]
