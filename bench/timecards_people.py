"""People whose cards are derived: their registry, a warm month of them as state, and the days that follow. All seeded.

Everybody works from Monday to Friday, 08:00 to 17:00 with half an hour's break, and punches four times a day, some
minutes early or late. The warm month is June 2026, which has 22 such days; all of its cards are COMPLETE. It goes
through the real model for some people, few punches in a transaction; everybody else has the state of one
of these under a code of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.own_keys import PROGRESS_KEY
from processors.timecards.stream.partition import TimecardPartition
from processors.timecards.stream.progress import Progress, encode_progress
from processors.timecards.stream.state_keys import read_key
from runtime.state_records import Output
from schemas.employees import Employee, Employment
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord
from schemas.registry_timecards import PolicyPeriod, PolicyRecord, ScheduledShift, SchedulePeriod, ScheduleRecord
from schemas.timecards_input import AssignedPunch, TimecardInput, TimecardInputKind, timecards_key

TENANT: Final = "demo"
SITES: Final = tuple(f"site-{number:02d}" for number in range(20))
ZONE: Final = "Europe/Berlin"
WARM_FIRST: Final = date(2026, 6, 1)
WARM_LAST: Final = date(2026, 6, 30)
CLOCK: Final = datetime(2026, 7, 1, 5, tzinfo=UTC)  # of the stream after the warm month
PUNCHES_A_DAY: Final = 4
_TIMES: Final = ((8, 0), (12, 0), (12, 30), (17, 0))
_DEVICES_A_SITE: Final = 4
_JITTER_S: Final = 600
_DAILY_MIN: Final = 480  # more of a day is overtime
_SEED: Final = 20261121
_MEMBERS: Final = 5  # of the people that are derived, at each site
_DAY: Final = timedelta(1)
_DAYS_OF_WORK: Final = 5
_BATCH: Final = 50  # inputs of a transaction: nobody punches twice in one, as when they come live
_CARDS: Final = "timecards.daily"


def registry_records() -> list[Record]:
    """Sites, terminals, the schedule and the policy of everybody."""
    sites: list[Record] = [SiteRecord(site, (SitePeriod(zone=ZONE),)) for site in SITES]
    devices: list[Record] = [
        DeviceRecord(serial, (DevicePeriod(site=site, tenant=TENANT, zone=ZONE),))
        for site in SITES
        for serial in _devices(site)
    ]
    shift = ScheduledShift("08:00", "17:00", 30, "Day")
    schedule = ScheduleRecord("week", (SchedulePeriod(days=((shift,),) * 5 + ((), ())),))
    return [*sites, *devices, schedule, policy(_DAILY_MIN)]


def policy(daily_min: int) -> PolicyRecord:
    """Breaks, overtime of the day and of the week, a night, some minutes' grace."""
    overtime = {"daily": [{"after": daily_min, "bucket": "ot1"}], "weekly": [{"after": 2400, "bucket": "ot1"}]}
    settings = {"ot": overtime, "night": {"start": "22:00", "end": "06:00"}, "late_grace_min": 5, "early_grace_min": 5}
    return PolicyRecord("everybody", (PolicyPeriod(preset="us_flsa", settings=settings),))


class Person(NamedTuple):
    """number: says site, terminal and how punctual somebody is."""

    number: int
    employee: str
    hired: date = WARM_FIRST

    @property
    def site(self) -> str:
        return SITES[self.number % len(SITES)]

    @property
    def key(self) -> bytes:
        return timecards_key(TENANT, self.employee)


def members(hired: date) -> list[Person]:
    """Those whose month goes through the model."""
    return [Person(number, f"T{number:05d}", hired) for number in range(_MEMBERS * len(SITES))]


def workdays(first: date, last: date) -> list[date]:
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    return [day for day in days if day.weekday() < _DAYS_OF_WORK]


def told_of(person: Person) -> TimecardInput:
    """The record of an employee."""
    employment = Employment(valid_from=person.hired.isoformat(), site=person.site, schedule="week", pay_group="office")
    record = Employee(
        tenant=TENANT, employee=person.employee, rank=1, site=person.site, employment=[employment], source="operator"
    )
    return TimecardInput(kind=TimecardInputKind.EMPLOYEE, tenant=TENANT, employee=person.employee, record=record)


def assign(person: Person, day: date, number: int) -> TimecardInput:
    """The punch 0 to 3 of a day: in, out, in, out."""
    random = Random(f"{_SEED}+{person.number}+{day}+{number}")
    hour, minute = _TIMES[number]
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))
    at = int(local.timestamp()) + random.randint(-_JITTER_S, _JITTER_S)
    offset = local.utcoffset()
    assert offset is not None
    punch = AssignedPunch(
        rank=(2 << 60) + at, device=random.choice(_devices(person.site)), pin=str(10_000 + person.number),
        site=person.site, punch_at=at * 1000, utc_offset_s=int(offset.total_seconds()), zone=ZONE, time_flags=[],
        state=number % 2, verify=1, unverified=False, work_code="", job_codes=[], tip_codes=[], source="push",
        received_at=at * 1000 + 1500,
    )  # fmt: skip
    punch_id = hashlib.sha256(f"{person.employee}+{at}".encode()).hexdigest()[:32]
    return TimecardInput(
        kind=TimecardInputKind.ASSIGN, tenant=TENANT, employee=person.employee, punch_id=punch_id, identity_version=1,
        rank=punch.rank, punch=punch,
    )  # fmt: skip


def watermarks(day: date, hour: int) -> list[TimecardInput]:
    """Of all sites: everything is told up to this time (UTC)."""
    until = int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000)
    return [
        TimecardInput(
            kind=TimecardInputKind.WATERMARK, site=site, resolver_partition=0, resolver_partitions=[0],
            registry_version=1, watermark=until,
        )
        for site in SITES
    ]  # fmt: skip


def live(people: Sequence[Person], days: Sequence[date]) -> Iterator[TimecardInput]:
    """Day after day, everybody's first punch in any order, everybody's second ..., then the day is told to its end."""
    random = Random(_SEED)
    for day in days:
        for number in range(PUNCHES_A_DAY):
            for person in random.sample(people, len(people)):
                yield assign(person, day, number)
        yield from watermarks(day, 22)


class Warm(NamedTuple):
    """State of a partition after a month. own: keys of the partition itself; months: of each member, what follows
    `tenant+employee` in a key, and the value."""

    own: dict[bytes, bytes]
    months: list[list[tuple[bytes, bytes]]]

    def copies(self, people: Iterable[Person]) -> Iterator[tuple[Person, bytes, bytes]]:
        """Keys and values of other people, each with the month of one of the members, at the site of that one."""
        for person in people:
            for end, value in self.months[person.number % len(self.months)]:
                yield person, person.key + end, value

    def of_registry(self, version: int) -> dict[bytes, bytes]:
        """What goes into each partition: nothing was read yet, and everything is by this version of the registry."""
        clock = int(CLOCK.timestamp() * 1000)
        return {**self.own, PROGRESS_KEY: encode_progress(Progress(0, clock, version))}


class Alone:
    """One model with its state in memory, as the worker has it, without Kafka. values, written: what the last
    transaction put into the state and beside it."""

    def __init__(self, stored: dict[bytes, bytes], registry: CardRegistry) -> None:
        self.stored = stored
        self.values: Mapping[bytes, bytes | None] = {}
        self.written: Sequence[Output] = ()
        self._offset = 0
        self._model = TimecardPartition(
            stored, partition=0, partitions=1, registry=lambda: registry, on_failure=_raise, hot_days=45
        )

    @property
    def busy(self) -> bool:
        return self._model.busy

    def take(self, events: Sequence[TimecardInput]) -> None:
        """One transaction; none of the events may be a barrier or want anything of the archive."""
        if wanted := self._model.wanted(events):
            raise ValueError(f"{len(wanted)} values of the archive are wanted, and there is none")
        for event in events:
            self._model.apply(event, self._offset)
            self._offset += 1
        changes = self._model.changes()
        self.values, self.written = changes.values, changes.also
        for key, value in changes.values.items():
            if value is None:
                self.stored.pop(key, None)
            else:
                self.stored[key] = value


def card_registry() -> CardRegistry:
    records = registry_records()
    return CardRegistry.of([(record, place) for place, record in enumerate(records, start=1)], len(records))


def warm_month(first: date = WARM_FIRST, last: date = WARM_LAST) -> Warm:
    """Of people hired on `first`, a Monday. Raises ValueError when a card of it is not COMPLETE."""
    alone, people, days = Alone({}, card_registry()), members(first), workdays(first, last)
    inputs = [*map(told_of, people), *live(people, days), *watermarks(last + _DAY, CLOCK.hour)]
    cards: dict[bytes, bytes | None] = {}
    for at in range(0, len(inputs), _BATCH):
        alone.take(inputs[at : at + _BATCH])
        cards.update((key, value) for topic, key, value in alone.written if topic == _CARDS)
        while alone.busy:
            alone.take([])
            cards.update((key, value) for topic, key, value in alone.written if topic == _CARDS)
    complete = sum(b'"status":"COMPLETE"' in (value or b"") for value in cards.values())
    if complete != len(cards) or len(cards) != len(people) * len(days):
        raise ValueError(f"{complete} of {len(cards)} cards are COMPLETE, not {len(people) * len(days)}")
    of: dict[bytes, list[tuple[bytes, bytes]]] = {person.key: [] for person in people}
    for key, value in alone.stored.items():
        if (owner := read_key(key).owner) in of:
            of[owner].append((key.removeprefix(owner), value))
    return Warm({key: value for key, value in alone.stored.items() if key.startswith(b"+")}, list(of.values()))


def _devices(site: str) -> list[str]:
    return [f"{site}-{number}".upper() for number in range(_DEVICES_A_SITE)]


def _raise(failure: Exception) -> None:
    raise failure
