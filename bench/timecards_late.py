"""What happens seldom and to many: punches that are nine months late, and a policy that changes for everybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.place import Place
from bench.processes import Measured, TooSlow, moved, pinned
from bench.report import Section, Table, Target
from bench.stats import Spread
from bench.timecards_fill import ARCHIVE, STATE, Filled, every_partition, filling, opened, spread_people
from bench.timecards_people import CLOCK, ZONE, Person, Warm, assign, policy, registry_records, warm_month
from bench.timecards_process import CARDS, INPUTS, SWEEPING, derive_process, wait_settled
from processors.timecards.stream.kept_codec import decode_header, encode_header
from processors.timecards.stream.state_keys import bucket_key, bucket_of_date
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.timecards_input import TimecardInput

_PEOPLE: Final = 4_000  # whose weeks the archive partition holds
_WEEKS: Final = 39
_LATE_PEOPLE: Final = 500  # of one batch
_LATE_DAY: Final = date(2025, 10, 1)  # nine months before the warm month's end
_LATE_MONTH: Final = (date(2025, 9, 15), date(2025, 10, 17))  # that is archived as it really was
_LATE_HOUR: Final = 19  # when nobody is at work
_PARTITIONS: Final = 4
_SWEPT_EACH: Final = 500  # people of a partition
_DEADLINE_SECONDS: Final = 300.0
_LOOK_SECONDS: Final = 0.02
_SCANS: Final = "punchstream_derive_archive_scan_seconds_count"
_SCAN_SECONDS: Final = "punchstream_derive_archive_scan_seconds_sum"
_SCANNED: Final = "punchstream_derive_archive_records_total"
_TAKEN_OVER: Final = "bench-cards_policy.timecards.state: partitions"
_DAILY_MINUTES: Final = (450, 480)
_HOW: Final = (
    f"First one partition whose {_PEOPLE:,} people have {_WEEKS} weeks in `timecards.archive` and a warm month in state. "
    f"A batch tells a punch of {_LATE_DAY} for each of {_LATE_PEOPLE} people, others in every round; measured is from "
    "telling them to their inputs being done, and the scan in it. Then a warm month of "
    f"{_PARTITIONS * _SWEPT_EACH:,} people in {_PARTITIONS} partitions, and a policy of everybody that changes in the "
    "registry, to and fro: all their weeks in state (five or six) are derived again; measured is from writing the record "
    "to the end of the last sweep. Meanwhile the health check is asked every 20 ms: its longest answer is how long "
    "nothing else got a turn, heartbeats included, whose session time-out is 15 s. `punchstream derive` has one core, "
    "Kafka the other one."
)


@dataclass(frozen=True, slots=True)
class Late:
    """Of one batch. seconds: until its inputs were done; scan_seconds: of the archive, within."""

    seconds: float
    scans: int
    scan_seconds: float
    scanned: int
    cards: int


@dataclass(frozen=True, slots=True)
class Swept:
    """Of one change. per_thousand: seconds for 1,000 people; longest: without a turn for anything else, seconds."""

    seconds: float
    per_thousand: float
    cpu_per_thousand: float
    cards: int
    longest: float
    taken_over: int


def run(place: Place, rounds: int) -> Section:
    with moved(place.kafka_pid, place.client_core):
        late, size = _late(place, rounds)
        return _section(late, size, _policy(place, rounds))


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
    return replace(event, punch_id=f"{person.number:032x}", punch=replace(event.punch, punch_at=at, received_at=received_at))


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


def _policy(place: Place, rounds: int) -> list[Swept]:
    settings = place.settings("cards_policy", f"kafka.partitions={_PARTITIONS}", "log_level=INFO")
    place.say(f"timecards-late: writing the state of {_PARTITIONS * _SWEPT_EACH:,} people")
    asyncio.run(_fill_state(settings))
    process, found = derive_process(place, settings), []
    try:
        with pinned(place.server_core):
            process.start()
        wait_settled(process, settings, _DEADLINE_SECONDS)
        for number in range(rounds):
            place.say(f"timecards-late: policy change {number + 1} of {rounds}")
            found.append(_change(process, settings, _DAILY_MINUTES[number % 2]))
    finally:
        process.stop()
    return found


async def _fill_state(settings: Settings) -> None:
    warm = warm_month()
    async with filling(settings) as filled:
        await filled.state(warm, spread_people(filled.producer, _SWEPT_EACH))


def _change(process: Measured, settings: Settings, daily_min: int) -> Swept:
    people = _PARTITIONS * _SWEPT_EACH
    before, cards, cpu = process.read(INPUTS).count, process.sample(CARDS), process.cpu_seconds()
    deadline = (started := time.monotonic()) + _DEADLINE_SECONDS
    asyncio.run(write_changes(settings.kafka, compare_records([], [policy(daily_min)])))
    longest, done = 0.0, False
    while not done:
        asked = time.monotonic()
        if asked > deadline:
            raise TooSlow(f"derive has not brought a policy to {people:,} people within {_DEADLINE_SECONDS:.0f} s")
        sweeping = process.sample(SWEEPING)
        longest = max(longest, time.monotonic() - asked)
        done = not sweeping and process.read(INPUTS).count >= before + _PARTITIONS
        time.sleep(_LOOK_SECONDS)
    seconds, cpu = time.monotonic() - started, process.cpu_seconds() - cpu
    taken_over = process.log.read_text().count(_TAKEN_OVER)
    thousands = people / 1000
    cards = process.sample(CARDS) - cards
    return Swept(seconds, seconds / thousands, cpu / thousands, int(cards), longest, taken_over)


def _section(late: list[Late], size: tuple[int, int], swept: list[Swept]) -> Section:
    records, size_bytes = size
    scan = Spread.of([one.scan_seconds for one in late])
    speed = Spread.of([size_bytes / one.scan_seconds / 1e6 for one in late])
    longest = Spread.of([one.longest for one in swept])
    tables = [
        Table(
            ("late punches", "archive partition", "scans of a batch", "scan s", "MB/s", "batch until done s", "cards"),
            [
                (
                    f"{_LATE_PEOPLE} a batch",
                    f"{records:,} records, {size_bytes / 1e6:,.0f} MB",
                    Spread.of([one.scans for one in late]).text(),
                    scan.text(2),
                    speed.text(),
                    Spread.of([one.seconds for one in late]).text(2),
                    Spread.of([one.cards for one in late]).text(),
                )
            ],
        ),
        Table(
            ("policy change", "seconds", "s for 1,000 people", "CPU s for 1,000", "cards", "longest without a turn s"),
            [
                (
                    f"{_PARTITIONS * _SWEPT_EACH:,} people",
                    Spread.of([one.seconds for one in swept]).text(1),
                    Spread.of([one.per_thousand for one in swept]).text(1),
                    Spread.of([one.cpu_per_thousand for one in swept]).text(1),
                    Spread.of([one.cards for one in swept]).text(),
                    longest.text(2),
                )
            ],
        ),
    ]
    scans = {one.scans for one in late}
    taken_over = max(one.taken_over for one in swept)
    targets = [
        Target("late punches: archive scans of a batch", "1", f"{sorted(scans)}".strip("[]"), scans == {1}),
        Target("policy change: times that partitions were assigned", "1", f"{taken_over}", taken_over == 1),
        Target("policy change: longest without a heartbeat, s", "< 15", longest.text(2), longest.high < 15),  # noqa: PLR2004
    ]
    figures: dict[str, Any] = {"late": late, "swept": swept, "archive_records": records, "archive_bytes": size_bytes}
    return Section("timecards-late", _HOW, tables, targets, figures)
