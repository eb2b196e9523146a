"""Punches that are nine months late: one reading of an archive partition for a batch, and how long it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.place import Place
from bench.processes import Measured, moved, pinned
from bench.report import Section, Table, Target
from bench.stats import Spread
from bench.timecards_fill import ARCHIVE, STATE, Filled, every_partition, filling, opened, spread_people
from bench.timecards_people import CLOCK, ZONE, Person, Warm, assign, registry_records, warm_month
from bench.timecards_process import CARDS, INPUTS, derive_process, wait_settled
from processors.timecards.stream.kept_codec import decode_header, encode_header
from processors.timecards.stream.state_keys import bucket_key, bucket_of_date
from runtime.settings import Settings
from schemas.timecards_input import TimecardInput

_PEOPLE: Final = 3_000  # whose weeks the archive partition holds
_WEEKS: Final = 39
_PARTITION_PEOPLE: Final = 15_625  # 500,000 in 32 partitions
_LATE_PEOPLE: Final = 500  # of one batch
_LATE_DAY: Final = date(2025, 10, 1)  # nine months before the warm month's end
_LATE_MONTH: Final = (date(2025, 9, 15), date(2025, 10, 17))  # that is archived as it really was
_LATE_HOUR: Final = 19  # when nobody is at work
_DEADLINE_SECONDS: Final = 300.0
_SCANS: Final = "punchstream_derive_archive_scan_seconds_count"
_SCAN_SECONDS: Final = "punchstream_derive_archive_scan_seconds_sum"
_SCANNED: Final = "punchstream_derive_archive_records_total"
_HOW: Final = (
    f"One partition whose {_PEOPLE:,} people have {_WEEKS} weeks in `timecards.archive` and a warm month in state. A "
    f"batch tells a punch of {_LATE_DAY} for each of {_LATE_PEOPLE} people, others in every round. Measured is the "
    "reading of the archive's partition from its beginning to its end, and the time from telling the batch to its "
    "inputs being done, cards and state committed, the scan in it. `punchstream derive` has one core, Kafka the other "
    "one. Of 500,000 people in 32 partitions, a partition has 15,625, and with 39 weeks archived 609,375 records: the "
    "last column says how long a scan of that many takes at the same speed. All of it was written just before, so "
    "Kafka has it in memory and reads no disk."
)


@dataclass(frozen=True, slots=True)
class Late:
    """Of one batch. seconds: until its inputs were done; scan_seconds: of the archive, within."""

    seconds: float
    scans: int
    scan_seconds: float
    scanned: int
    cards: int


def run(place: Place, rounds: int) -> Section:
    with moved(place.kafka_pid, place.client_core):
        return _section(*_late(place, rounds))


def _late(place: Place, rounds: int) -> tuple[list[Late], tuple[int, int]]:
    """And records and bytes of the archive."""
    place.say(f"timecards-late: writing {_WEEKS} archived weeks of {_PEOPLE:,} people")
    settings = place.settings("cards_late", "kafka.partitions=1")
    people, size = asyncio.run(_fill_archive(settings, rounds))
    process, found = derive_process(place, settings), []
    try:
        with pinned(place.server_core):
            process.start()
        wait_settled(process, settings, _DEADLINE_SECONDS)
        for number in range(rounds):
            place.say(f"timecards-late: batch {number + 1} of {rounds}")
            told = [_late_punch(person) for person in people[number * _LATE_PEOPLE :][:_LATE_PEOPLE]]
            found.append(_batch(process, settings, told))
    finally:
        process.stop()
    return found, size


async def _fill_archive(settings: Settings, rounds: int) -> tuple[list[Person], tuple[int, int]]:
    if rounds * _LATE_PEOPLE > _PEOPLE:
        raise ValueError(f"{rounds} rounds of {_LATE_PEOPLE} people are more than {_PEOPLE}")
    warm, then = warm_month(), warm_month(*_LATE_MONTH)
    async with filling(settings) as filled:
        people = spread_people(filled.producer, _PEOPLE)
        for partition_by in every_partition(filled.producer, STATE):
            for key, value in warm.of_registry(len(registry_records())).items():
                await filled.put(STATE, key, value, partition_by)
        for person, key, value in _with_archive(warm, then, people):
            await filled.put(STATE, key, value, person.key)
        archived = Filled(filled.producer)
        for person, key, value in _archive(then, people):
            await archived.put(ARCHIVE, key, value, person.key)
        await filled.producer.flush()
    return people, (archived.records, archived.size)


def _archived_weeks() -> range:
    last = bucket_of_date(date(2026, 6, 1))
    return range(last - _WEEKS, last)


def _with_archive(warm: Warm, then: Warm, people: Sequence[Person]) -> Iterator[tuple[Person, bytes, bytes]]:
    """The warm month of people who were hired long before it."""
    weeks = _archived_weeks()
    for person, key, value in warm.copies(people):
        if key == person.key:
            header, first = decode_header(value), _header_of(then, person)
            header.employee, header.first_place = first.employee, first.first_place
            for number in weeks:
                header.archived.add(number)
            value = encode_header(header)
        yield person, key, value


def _archive(then: Warm, people: Sequence[Person]) -> Iterator[tuple[Person, bytes, bytes]]:
    """The month around the late day as it was; the other weeks look like one of it (a bucket does not say when it is).
    Week after week, as they are archived."""
    months = [{int(end[1:]): value for end, value in month if end.startswith(b"#")} for month in then.months]
    usual = bucket_of_date(_LATE_DAY)
    for week in _archived_weeks():
        for person in people:
            month = months[person.number % len(months)]
            yield person, bucket_key(person.key, week), month.get(week) or month[usual]


def _header_of(warm: Warm, person: Person) -> Any:
    return decode_header(dict(warm.months[person.number % len(warm.months)])[b""])


def _late_punch(person: Person) -> TimecardInput:
    """A punch in the evening of that day, when nobody is at work, received now."""
    day, event = _LATE_DAY, assign(person, _LATE_DAY, 0)
    assert event.punch is not None
    local = datetime(day.year, day.month, day.day, _LATE_HOUR, tzinfo=ZoneInfo(ZONE))
    at, received_at = int(local.timestamp() * 1000), int(CLOCK.timestamp() * 1000)
    return replace(
        event, punch_id=f"{person.number:032x}", punch=replace(event.punch, punch_at=at, received_at=received_at)
    )


def _batch(process: Measured, settings: Settings, told: Sequence[TimecardInput]) -> Late:
    names = (_SCANS, _SCAN_SECONDS, _SCANNED, CARDS)
    before, done = [process.sample(name) for name in names], process.read(INPUTS).count
    started = time.monotonic()
    count = asyncio.run(_tell(settings, told))
    ended = process.wait_for(INPUTS, done + count, _DEADLINE_SECONDS).at
    scans, seconds, scanned, cards = (process.sample(name) - old for name, old in zip(names, before, strict=True))
    return Late(ended - started, int(scans), seconds, int(scanned), int(cards))


async def _tell(settings: Settings, told: Sequence[TimecardInput]) -> int:
    async with opened(settings) as filled:
        return await filled.inputs(told)


def _section(late: list[Late], size: tuple[int, int]) -> Section:
    records, size_bytes = size
    speed = Spread.of([size_bytes / one.scan_seconds / 1e6 for one in late])
    whole = Spread.of([one.scan_seconds / records * _WEEKS * _PARTITION_PEOPLE for one in late])
    headers = (
        "late punches", "archive partition", "scans of a batch", "scan s", "MB/s", "batch until done s", "cards",
        f"scan of {_PARTITION_PEOPLE:,} people's, s",
    )  # fmt: skip
    row = (
        f"{_LATE_PEOPLE} a batch",
        f"{records:,} records, {size_bytes / 1e6:,.0f} MB",
        Spread.of([one.scans for one in late]).text(),
        Spread.of([one.scan_seconds for one in late]).text(2),
        speed.text(),
        Spread.of([one.seconds for one in late]).text(2),
        Spread.of([one.cards for one in late]).text(),
        whole.text(1),
    )
    scans, cards = {one.scans for one in late}, {one.cards for one in late}
    targets = [
        Target("late punches: archive scans of a batch", "1", _set(scans), scans == {1}),
        Target("late punches: changed cards of a batch", f"{_LATE_PEOPLE}", _set(cards), cards == {_LATE_PEOPLE}),
    ]
    figures: dict[str, Any] = {"late": late, "archive_records": records, "archive_bytes": size_bytes}
    return Section("timecards-late", _HOW, [Table(headers, [row])], targets, figures)


def _set(found: set[int]) -> str:
    return ", ".join(map(str, sorted(found)))
