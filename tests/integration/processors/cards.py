"""Inputs of cards, what became of them in Kafka, and the same inputs through the pure model alone: the clean run."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from cli.kafka_reader import KafkaReader
from processors.derive_main import group_of
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.partition import TimecardPartition
from runtime.settings import Settings
from runtime.state_records import Output
from schemas.approvals import Approval
from schemas.codec import decode_event, encode_event
from schemas.corrections import Correction
from schemas.employees import Employee, employee_key
from schemas.payperiods import PayPeriod, period_key, period_partition_by
from schemas.registry import Record, decode_record, encode_record, record_key
from schemas.timecards import LOCKED_KEYS
from schemas.timecards_input import AssignedPunch, TimecardInput, TimecardInputKind, timecards_key
from tests.integration.helpers import producer, until

TENANT, SITE, ZONE, DEVICE = "demo", "hamburg", "Europe/Berlin", "D1"
INPUT = "timecards.input"
FORWARDED = ("registry", "employees", "payperiods", "corrections", "approvals")
CARDS, HISTORY, ADJUSTMENTS = "timecards.daily", "timecards.history", "timecards.adjustments"
ARCHIVE = "timecards.archive"
DAY_MS = 86_400_000

Told = TimecardInput | Employee | Correction | Approval | PayPeriod | Record


def ms(local: str) -> int:
    """`2026-03-02 08:00` on the wall clock of the site, to epoch ms."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)


def hex_id(*parts: object) -> str:
    return hashlib.sha256("+".join(map(str, parts)).encode()).hexdigest()[:32]


def assign(
    employee: str,
    local: str,
    state: int,
    *,
    received: int | None = None,
    identity: int = 1,
    rank: int = 1,
) -> TimecardInput:
    """A punch, received at once unless said otherwise (epoch ms); its id goes by employee and time."""
    at = ms(local)
    offset = datetime.fromtimestamp(at / 1000, tz=ZoneInfo(ZONE)).utcoffset()
    assert offset is not None
    punch = AssignedPunch(
        rank=rank, device=DEVICE, pin=employee.removeprefix("e"), site=SITE, punch_at=at,
        utc_offset_s=int(offset.total_seconds()), zone=ZONE, time_flags=[], state=state, verify=1, unverified=False,
        work_code="", job_codes=[], tip_codes=[], source="push", received_at=at if received is None else received,
    )  # fmt: skip
    return TimecardInput(
        kind=TimecardInputKind.ASSIGN, tenant=TENANT, employee=employee, punch_id=hex_id(employee, local),
        identity_version=identity, rank=rank, punch=punch,
    )  # fmt: skip


def retract(employee: str, local: str, *, identity: int) -> TimecardInput:
    return TimecardInput(
        kind=TimecardInputKind.RETRACT, tenant=TENANT, employee=employee, punch_id=hex_id(employee, local),
        identity_version=identity, rank=1,
    )  # fmt: skip


def watermark(at: int) -> TimecardInput:
    """To every partition."""
    return TimecardInput(
        kind=TimecardInputKind.WATERMARK, site=SITE, resolver_partition=0, resolver_partitions=[0], registry_version=1,
        watermark=at,
    )  # fmt: skip


async def tell(settings: Settings, *told: Told) -> None:
    """In this order; what goes to timecards.input by itself is written there, the rest to its own topic."""
    async with producer(settings, INPUT, *FORWARDED) as sender:
        everywhere = every_partition(sender)
        for one in told:
            if isinstance(one, TimecardInput):
                by = timecards_key(one.tenant, one.employee)
                for partition_by in (by,) if one.employee else everywhere:
                    last = sender.append(INPUT, by, encode_event(one), partition_by=partition_by)
            elif isinstance(one, Employee):
                by = employee_key(one.tenant, one.employee)
                last = sender.append("employees", by, encode_event(one), partition_by=by)
            elif isinstance(one, Correction):
                by = employee_key(one.tenant, one.employee)
                last = sender.append("corrections", one.correction_id.encode(), encode_event(one), partition_by=by)
            elif isinstance(one, Approval):
                by = timecards_key(one.tenant, one.employee)
                last = sender.append("approvals", one.approval_id.encode(), encode_event(one), partition_by=by)
            elif isinstance(one, PayPeriod):
                by = period_partition_by(one.tenant, one.pay_group)
                key = period_key(one.tenant, one.pay_group, one.first)
                last = sender.append("payperiods", key, encode_event(one), partition_by=by)
            else:
                last = sender.append("registry", record_key(one), encode_record(one), partition_by=b"registry")
        await sender.flush()
        if told:
            await last.acked()


def every_partition(sender: Any) -> list[bytes]:
    """A partition_by for each partition of timecards.input."""
    found: dict[int, bytes] = {}
    number = 0
    while len(found) < sender.partition_count(INPUT):
        text = b"to-%d" % number
        found.setdefault(sender.partition(INPUT, text), text)
        number += 1
    return [found[partition] for partition in sorted(found)]


async def finished(settings: Settings, seconds: float = 90) -> None:
    """All that is told is committed, first what is forwarded."""
    async with KafkaReader(settings.kafka) as reader:

        async def dry() -> bool:
            topics = (*FORWARDED, INPUT)  # in this order: what a forwarder has committed, it has told
            return not any([await reader.lag(group_of(settings.derive, topic), topic) for topic in topics])

        await until(dry, "derive has committed every input", seconds)


class Written(NamedTuple):
    """A record as readers of committed records see it."""

    key: str
    value: dict[str, Any]


async def written(settings: Settings, topic: str) -> list[Written]:
    """In the order of each partition."""
    async with KafkaReader(settings.kafka) as reader:
        return [Written(one.key.decode(), orjson.loads(one.value)) async for one in reader.records(topic)]


@dataclass
class Book:
    """What readers end up with: the last record of each card, its versions, the sums of adjustments."""

    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    adjustments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, topic: str, key: str, value: Mapping[str, Any]) -> None:
        if topic == CARDS:
            self.cards[key] = dict(value)
        elif topic == HISTORY:
            self.history[key].append(dict(value))
        elif topic == ADJUSTMENTS:
            self.adjustments[key] = dict(value)

    @property
    def content(self) -> dict[str, tuple[Any, ...]]:
        """Of every card: what must not depend on batches and restarts. Versions do, and with them whether an approval,
        which names one, is of the last; VOID ones count as none, since whether a card was there for a while does."""
        return {
            key: (
                card["content_hash"],
                "COMPLETE" if card["status"] == "APPROVED" else card["status"],
                *(card[name] for name in LOCKED_KEYS),
            )
            for key, card in self.cards.items()
            if card["status"] != "VOID"
        }

    @property
    def net(self) -> dict[str, dict[str, int]]:
        """Sums of the adjustments of each date, without zeros."""
        sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for one in self.adjustments.values():
            for name, minutes in one["minutes"].items():
                sums[f"{one['employee']}+{one['work_date']}"][name] += minutes
        kept = {key: {name: value for name, value in found.items() if value} for key, found in sums.items()}
        return {key: found for key, found in kept.items() if found}

    def check(self) -> None:
        """Versions rise by one, each has one content, the card is the last of them, adjustments are numbered."""
        for key, versions in self.history.items():
            numbers = [one["version"] for one in versions]
            assert numbers == list(range(1, len(numbers) + 1)), (key, numbers)
            for before, after in pairwise(versions):
                assert after["supersedes"] == before["version"], key
                assert after["content_hash"] != before["content_hash"], key
            assert self.cards[key]["version"] == numbers[-1], key
            assert self.cards[key]["content_hash"] == versions[-1]["content_hash"], key
        assert self.history.keys() == self.cards.keys()
        sequences: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for one in self.adjustments.values():
            sequences[one["employee"], one["work_date"], one["period_version"]].append(one["sequence"])
        for where, found in sequences.items():
            assert sorted(found) == list(range(1, len(found) + 1)), (where, found)


async def book_of(settings: Settings) -> Book:
    book = Book()
    for topic in (CARDS, HISTORY, ADJUSTMENTS):
        for key, value in await written(settings, topic):
            book.take(topic, key, value)
    return book


class CleanRun:
    """One partition's model in memory, input by input; `versions` are the registry's records, each with its own."""

    def __init__(
        self, partition: int, partitions: int, versions: Sequence[tuple[Record, int]], book: Book, hot_days: int
    ) -> None:
        self._versions = versions
        self._book = book
        self._known = 0
        self._values: dict[bytes, bytes] = {}
        self._archive: dict[bytes, bytes] = {}
        self._model = TimecardPartition(
            self._values, partition=partition, partitions=partitions, registry=self._registry, hot_days=hot_days,
            on_failure=_raise,
        )  # fmt: skip

    def take(self, event: TimecardInput, offset: int) -> None:
        if event.registry is not None:
            self._known = max(self._known, event.registry.version)
        self._restore([event])
        self._model.apply(event, offset)
        self._write()
        while self._model.busy:
            self._restore([])
            self._write()

    def _restore(self, events: Sequence[TimecardInput]) -> None:
        if wanted := self._model.wanted(events):
            self._model.restore({key: self._archive[key] for key in wanted if key in self._archive})

    def _write(self) -> None:
        changes = self._model.changes()
        for key, value in changes.values.items():
            if value is None:
                self._values.pop(key, None)
            else:
                self._values[key] = value
        for output in changes.also:
            self._out(output)

    def _out(self, output: Output) -> None:
        topic, key, value = output
        if topic == ARCHIVE:
            if value is None:
                self._archive.pop(key, None)
            else:
                self._archive[key] = value
        elif value is not None:
            self._book.take(topic, key.decode(), orjson.loads(value))

    def _registry(self) -> CardRegistry:
        latest = {record_key(record): (record, at) for record, at in self._versions if at <= self._known}
        return CardRegistry.of(latest.values(), self._known)


def _raise(failure: Exception) -> None:
    raise failure


async def clean_book(settings: Settings) -> Book:
    """The inputs that are in timecards.input, in their order, through the model alone."""
    async with KafkaReader(settings.kafka) as reader:
        versions = [
            (record, one.offset + 1)
            async for one in reader.records("registry")
            if (record := decode_record(one.value)) is not None
        ]
        inputs = [
            (one.partition, one.offset, decode_event(TimecardInput, one.value)) async for one in reader.records(INPUT)
        ]
        partitions = len(await reader.partitions(INPUT))
    return clean(inputs, versions, partitions, settings.derive.hot_days)


def clean(
    inputs: Iterable[tuple[int, int, TimecardInput]],
    versions: Sequence[tuple[Record, int]],
    partitions: int,
    hot_days: int,
) -> Book:
    book = Book()
    runs = {number: CleanRun(number, partitions, versions, book, hot_days) for number in range(partitions)}
    for partition, offset, event in inputs:
        runs[partition].take(event, offset)
    return book
