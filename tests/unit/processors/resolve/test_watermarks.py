"""How far a site has told everything: only by its own devices, and not held back for ever."""

from __future__ import annotations

from processors.resolve.watermarks import SiteDevices
from schemas.timecards_input import TimecardInput, TimecardInputKind
from tests.unit.processors.resolve.worlds import (
    HOUR,
    MINUTE,
    T0,
    MemoryPlaces,
    Partition,
    identity,
    punched,
    tick,
    watermark,
)  # fmt: skip

DAY = 24 * HOUR


def registry(*devices: str, retired: str = "") -> MemoryPlaces:
    return MemoryPlaces({"pune": SiteDevices(frozenset(devices), (1, 3))}, frozenset([retired]), version=9)


def told(found: list[TimecardInput]) -> list[tuple[str, int | None, dict[str, int | None]]]:
    marks = [one for one in found if one.kind is TimecardInputKind.WATERMARK]
    return [(one.site, one.watermark, one.silent) for one in marks]


def test_the_least_of_its_devices_counts_and_never_goes_back() -> None:
    partition = Partition(places=registry("D1", "D2"))
    assert told(partition.tell(watermark("D1", T0))) == []  # D2 has said nothing
    (mark,) = partition.tell(watermark("D2", T0 + 5 * MINUTE))
    assert (mark.site, mark.watermark, mark.silent) == ("pune", T0, {})
    assert (mark.resolver_partition, mark.resolver_partitions, mark.registry_version) == (3, [1, 3], 9)
    assert told(partition.tell(watermark("D1", T0 - HOUR))) == []
    assert told(partition.tell(watermark("D1", T0 + HOUR))) == [("pune", T0 + 5 * MINUTE, {})]


def test_it_moves_in_whole_minutes() -> None:
    partition = Partition(places=registry("D1"))
    assert told(partition.tell(watermark("D1", T0 + 59_999))) == [("pune", T0, {})]
    assert told(partition.tell(watermark("D1", T0 + 59_999, clock=T0 + HOUR))) == []


def test_a_device_that_only_polls_and_punches_proves_nothing() -> None:
    partition = Partition(places=registry("D1", "D2"))
    assert told(partition.tell(watermark("D1", T0), punched("D2", "7"), tick(T0 + HOUR))) == []


def test_a_silent_one_is_named_after_the_longest_wait() -> None:
    partition = Partition(places=registry("D1", "D2", "D3"))
    partition.tell(watermark("D1", T0), watermark("D2", T0 + MINUTE, clock=T0))
    later = T0 + 3 * DAY
    assert told(partition.tell(watermark("D1", later))) == []  # since T0 D3 is waited for
    assert told(partition.tell(tick(later + 1))) == [("pune", T0 + MINUTE, {"D3": None})]
    assert told(partition.tell(tick(later + 2 * MINUTE))) == [("pune", later, {"D2": T0 + MINUTE, "D3": None})]
    assert told(partition.tell(watermark("D2", later, clock=later + 2 * MINUTE))) == [("pune", later, {"D3": None})]


def test_when_all_are_silent_the_site_follows_the_clock_at_that_distance() -> None:
    partition = Partition(places=registry("D1"))
    partition.tell(watermark("D1", T0))
    assert told(partition.tell(tick(T0 + 4 * DAY))) == [("pune", T0 + DAY, {"D1": T0})]


def test_retired_devices_leave_and_strangers_are_of_the_site_that_they_name() -> None:
    partition = Partition(places=registry("D1", retired="OLD"))
    found = told(partition.tell(watermark("OLD", T0 - DAY), watermark("NEW", T0 - HOUR), watermark("D1", T0)))
    assert found == [("pune", T0 - HOUR, {})]
    assert told(partition.tell(watermark("NEW2", T0, site=""))) == [("", T0, {})]


def test_it_comes_after_the_punches_before_it_and_is_told_again_by_another_worker() -> None:
    partition = Partition(places=registry("D1"))
    found = partition.tell(identity("D1", "7", "ann", 1), watermark("D1", T0), punched("D1", "7"))
    assert [one.kind.value for one in found] == ["assign", "watermark"]
    assert [record.partition_by for record in partition.sent] == [b"demo+ann", None]
    partition.log.append(watermark("D1", T0 + HOUR))
    partition.take(1, "before_send")
    assert told(partition.take(1)) == [("pune", T0 + HOUR, {})]
