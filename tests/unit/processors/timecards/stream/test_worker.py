"""How the worker cuts batches, waits, fetches and goes on; the model is a stand-in that notes what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY

from processors.errors import BrakesPulled, GivenUp
from processors.partition_model import Changes
from processors.put_aside import PutAside
from processors.timecards.stream import worker as worker_module
from processors.timecards.stream.archive import Archive
from processors.timecards.stream.inputs import decode_input
from processors.timecards.stream.own_keys import PROGRESS_KEY
from processors.timecards.stream.progress import Progress, encode_progress
from processors.timecards.stream.worker import DeriveWorker
from runtime.errors import TopicUnread
from runtime.keyed_state import KeyedState
from runtime.registry_view import RegistryView
from runtime.state_records import Output
from schemas.codec import encode_event
from schemas.deadletters import Reason
from schemas.employees import Employee
from schemas.payperiods import PayPeriod, PeriodStatus
from schemas.timecards_input import RegistryChange, TimecardInput, TimecardInputKind
from tests.integration.helpers import until
from tests.unit.processors.test_keyed_worker import Record, Values


def person(name: str) -> TimecardInput:
    record = Employee(tenant="demo", employee=name, rank=1, source="operator")
    return TimecardInput(kind=TimecardInputKind.EMPLOYEE, tenant="demo", employee=name, record=record)


def change(version: int) -> TimecardInput:
    told = RegistryChange(kind="policy", id=f"p{version}", version=version)
    return TimecardInput(kind=TimecardInputKind.REGISTRY, registry=told)


def period(retro_registry: int = 0) -> TimecardInput:
    told = PayPeriod(
        tenant="demo", pay_group="g", first="2026-03-02", last="2026-03-08", version=1, status=PeriodStatus.CLOSING,
        changed_at=7, retro_registry=retro_registry,
    )  # fmt: skip
    return TimecardInput(kind=TimecardInputKind.PERIOD, tenant="demo", period=told)


def named(event: TimecardInput) -> str:
    return event.employee or (f"v{event.registry.version}" if event.registry else "period")


class Model:
    """`log`: what was applied between two `changes`, and how many steps were left then. Every employee whose name
    begins with `old` is archived until restored."""

    def __init__(self, made: Made) -> None:
        self._made = made
        self._applied: list[str] = []
        self._here: set[bytes] = set()

    @property
    def busy(self) -> bool:
        return self._made.steps > 0

    def wanted(self, events: Sequence[TimecardInput]) -> Collection[bytes]:
        return {event.employee.encode() for event in events if event.employee.startswith("old")}

    def restore(self, values: Mapping[bytes, bytes]) -> None:
        self._made.restored.append({key: values[key] for key in sorted(values)})
        self._here = set(values)

    def apply(self, event: TimecardInput, offset: int) -> None:
        if event.employee.startswith("old"):
            assert event.employee.encode() in self._here
        if event.employee == "fail":
            raise ZeroDivisionError("seeded")
        self._applied.append(named(event))
        if event.registry is not None:
            self._made.steps += self._made.sweep_steps

    def changes(self) -> Changes:
        made, applied = self._made, self._applied
        made.log.append(" ".join(applied) or "-")
        made.steps -= made.steps > 0
        self._applied, self._here = [], set()
        also = [("timecards.archive", name.encode(), b"again") for name in applied if name.startswith("old")]
        also += [
            ("timecards.history", name.encode(), b'{"cause":"POLICY","x":1}') for name in applied if "cards" in name
        ]
        big = {f"demo+{name}#7".encode(): b"x" * 101 for name in applied if name == "big"}
        return Changes({name.encode(): made.payload for name in applied} | big, also)


class Scans:
    """Stands in for Archive."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def values(self, partition: int, keys: Collection[bytes]) -> dict[bytes, bytes]:
        self.asked.append({key.decode() for key in keys})
        await self.may_end.wait()
        return dict.fromkeys(keys, b"found")


class View:
    """Stands in for RegistryView. `end`: what Kafka has, None: it does not answer."""

    def __init__(self) -> None:
        self.version = 0
        self.end: int | None = 0

    async def reached_end(self) -> None:
        if self.end is None:
            await asyncio.Event().wait()
        else:
            self.version = self.end


class Kept(Values):
    """`also` may be anything."""

    def __init__(self) -> None:
        super().__init__()
        self.assignments: list[Sequence[int]] = []

    async def put(self, partition: int, values: Mapping[bytes, bytes], also: Sequence[Output]) -> None:
        await asyncio.sleep(0)
        await super().put(partition, values, also)

    async def assigned(self, partitions: Sequence[int]) -> None:
        self.assignments.append(partitions)


class Aside:
    def __init__(self) -> None:
        self.letters: list[tuple[Reason, int]] = []

    async def put(self, batches: set[Any], record: Record, reason: Reason, error: str) -> None:
        self.letters.append((reason, record.offset))


class Made:
    def __init__(self) -> None:
        self.steps, self.sweep_steps, self.payload = 0, 0, b""
        self.log: list[str] = []
        self.restored: list[dict[bytes, bytes]] = []
        self.state, self.aside, self.scans, self.view = Kept(), Aside(), Scans(), View()
        self.loads, self.calls = 0, 0
        self.worker = DeriveWorker(
            cast("KeyedState", self.state), cast("PutAside", self.aside), load=lambda *_: self._load(),
            registry=cast("RegistryView", self.view), archive=cast("Archive", self.scans),
        )  # fmt: skip

    def _load(self) -> Model:
        self.loads += 1
        return Model(self)

    async def handle(self, *events: TimecardInput) -> None:
        """All of them, as the loop does it; one call when there are none."""
        records = [Record(0, offset, b"", encode_event(event)) for offset, event in enumerate(events)]
        while True:
            self.calls += 1
            records = records[await self.worker.handle(0, records) :]
            if not records:
                return


@pytest.fixture
async def made() -> Made:
    return Made()


async def test_barriers_are_alone_and_sweeps_end_before_what_follows(made: Made) -> None:
    made.sweep_steps, made.view.end = 2, 9
    await made.handle(person("a"), person("b"), change(9), person("c"), period(), person("d"))
    assert made.log == ["a b", "v9", "-", "c", "period", "d"]
    assert made.aside.letters == []
    assert made.calls == len(made.log)


async def test_adjacent_registry_changes_are_swept_for_once(made: Made) -> None:
    made.sweep_steps, made.view.end = 1, 9
    await made.handle(person("a"), change(7), change(8), change(9), period(), period(), person("d"))
    assert made.log == ["a", "v7 v8 v9", "-", "-", "period", "period", "d"]


async def test_a_sweep_that_was_left_ends_before_new_input(made: Made) -> None:
    made.steps = 3
    await made.handle(person("a"))
    assert made.log == ["-", "-", "-", "a"]


async def test_what_event_time_left_to_do_is_done_with_input_and_before_a_barrier(made: Made) -> None:
    await made.handle(person("a"))
    made.steps, made.log = 4, []
    await made.handle(person("b"), period(), person("c"))
    assert made.log == ["b", "-", "-", "-", "period", "c"]
    made.steps, made.log = 2, []
    await made.handle(person("d"))
    assert made.log == ["d"]
    assert made.worker.busy(0)


async def test_without_input_it_is_busy_until_loaded_and_swept(made: Made) -> None:
    made.steps = 2
    calls = 0
    while made.worker.busy(0):
        await made.handle()
        calls += 1
    assert (calls, made.loads, made.log) == (2, 1, ["-", "-"])
    made.worker.revoked()
    assert made.worker.busy(0)


async def test_registry_changes_wait_for_the_view(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_VIEW_SECONDS", 0.05)
    made.view.end = None
    with pytest.raises(TopicUnread):
        await made.handle(person("a"), change(4))
    made.view.end = 4
    await made.handle(person("a"), change(4), period(retro_registry=4))
    assert made.log == ["a", "a", "v4", "period"]
    assert made.loads == 2


async def test_a_version_that_the_registry_does_not_have_is_put_aside(made: Made) -> None:
    made.view.end = 3
    await made.handle(person("a"), change(4), period(retro_registry=5), person("b"))
    assert made.log == ["a", "-", "-", "b"]
    assert made.aside.letters == [(Reason.NOT_AN_EVENT, 1), (Reason.NOT_AN_EVENT, 2)]


async def test_bytes_that_are_no_input_are_put_aside(made: Made) -> None:
    records = [Record(0, 0, b"", b"rubbish"), Record(0, 1, b"", encode_event(person("a"))), Record(0, 2, b"", None)]
    assert await made.worker.handle(0, records) == 3
    assert made.log == ["a"]
    assert made.aside.letters == [(Reason.NOT_AN_EVENT, 0), (Reason.NOT_AN_EVENT, 2)]


async def test_archived_values_are_fetched_once_for_a_batch(made: Made) -> None:
    made.view.end = 1
    await made.handle(person("old1"), person("a"), change(1), person("old2"), person("old1"), period(), person("old1"))
    assert made.scans.asked == [{"old1", "old2"}]
    found, again = b"found", b"again"  # what was archived meanwhile is newer than what was found
    assert made.restored == [{b"old1": found}, {b"old1": again, b"old2": found}, {b"old1": again}]
    await made.handle(person("old1"))
    assert made.scans.asked == [{"old1", "old2"}, {"old1"}]


async def test_transactions_are_bounded_by_events_and_bytes(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [person(f"p{number}") for number in range(600)]
    await made.handle(*people)
    assert [len(line.split()) for line in made.log] == [256, 256, 88]
    monkeypatch.setattr(worker_module, "_TRANSACTION_BYTES", 50 * 40)
    made.log, made.payload = [], b"x" * 50
    await made.handle(*people)
    sizes = [len(line.split()) for line in made.log]
    assert sizes[:4] == [256, 128, 64, 32]
    assert sum(sizes) == 600
    assert max(sizes[4:]) <= 64
    made.log, made.payload = [], b""
    await made.handle(*people)
    assert [len(line.split()) for line in made.log][-2] == 256


async def test_one_value_too_big_costs_its_employee_only(made: Made) -> None:
    await made.handle(person("a"), person("big"), person("old1"), person("b"))
    assert made.state.partitions[0].keys() == {b"a", b"b", b"old1"}
    assert made.aside.letters == [(Reason.INTERNAL_ERROR, 1)]
    assert len(made.scans.asked) == 1


async def test_failures_cost_their_own_record_and_pull_the_brakes(made: Made) -> None:
    await made.handle(person("a"), person("fail"), person("b"))
    assert made.log == ["a b"]
    assert made.aside.letters == [(Reason.INTERNAL_ERROR, 1)]
    for _ in range(20):
        made.worker.underivable(ValueError("seeded"))
    with pytest.raises(BrakesPulled):
        made.worker.underivable(ValueError("seeded"))


async def test_an_interruption_ends_a_reading_of_the_archive(made: Made) -> None:
    made.scans.may_end.clear()
    handling = asyncio.ensure_future(made.handle(person("old1")))
    await until(lambda: bool(made.scans.asked), "it reads", 5)
    made.worker.interrupt()
    with pytest.raises(GivenUp):
        await asyncio.wait_for(handling, 5)
    assert made.log == []
    made.scans.may_end.set()
    await made.worker.assigned([0])
    await made.handle(person("old1"))
    assert made.log == ["old1"]


async def test_versions_are_counted_by_their_cause(made: Made) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("punchstream_derive_cards_total", {"cause": "POLICY"}) or 0.0

    before = count()
    await made.handle(person("cards1"), person("cards2"))
    assert count() == before + 2


@pytest.mark.parametrize(
    "event",
    [
        TimecardInput(kind=TimecardInputKind.ASSIGN, tenant="demo", employee="ann", punch_id="1"),
        TimecardInput(kind=TimecardInputKind.RETRACT, tenant="demo", employee="ann"),
        TimecardInput(kind=TimecardInputKind.EMPLOYEE, tenant="demo"),
        TimecardInput(kind=TimecardInputKind.PERIOD),
        TimecardInput(kind=TimecardInputKind.REGISTRY),
        TimecardInput(kind=TimecardInputKind.ROSTER, employee="ann"),
    ],
)
def test_an_input_without_what_its_kind_needs_is_none(event: TimecardInput) -> None:
    with pytest.raises(ValueError, match="without"):
        decode_input(encode_event(event))


async def test_partitions_derive_one_after_the_other_and_heartbeats_get_a_turn_between(made: Made) -> None:
    async def beat() -> None:
        while True:
            made.log.append("beat")
            await asyncio.sleep(0)

    beating = asyncio.ensure_future(beat())
    value = encode_event(person("a"))
    calls = (made.worker.handle(number, [Record(number, 0, b"", value)]) for number in made.state.partitions)
    await asyncio.gather(*calls)
    beating.cancel()
    derived = [place for place, line in enumerate(made.log) if line == "a"]
    assert len(derived) == len(made.state.partitions) > 1
    assert all("beat" in made.log[before:after] for before, after in pairwise(derived))


async def test_a_model_is_loaded_with_a_registry_no_older_than_its_state(made: Made) -> None:
    made.state.partitions[0][PROGRESS_KEY] = encode_progress(Progress(0, 0, 4))
    made.view.end = 6
    await made.handle(person("a"))
    assert made.view.version == 6
    made.view.version, made.view.end = 4, 9
    made.worker.models.clear()
    await made.handle(person("b"))
    assert made.view.version == 4


async def test_weeks_that_cannot_be_derived_pull_the_brakes_when_they_are_many(made: Made) -> None:
    for _ in range(100):  # of a sweep: no input passes meanwhile
        for _ in range(60):
            made.worker.derived()
        made.worker.underivable(ValueError("seeded"))
    for _ in range(19):
        made.worker.underivable(ValueError("seeded"))
    with pytest.raises(BrakesPulled):
        made.worker.underivable(ValueError("seeded"))
