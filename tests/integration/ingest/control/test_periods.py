"""Pay periods on a genuine Kafka: closing with the partitions' reports, joining, racing, and payroll's words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from ingest.commands.orders import Operator
from ingest.control.caller import Caller
from ingest.control.errors import ControlRefused, Forbidden, HashDiffers, NotThere
from ingest.control.operations import Operations, open_operations
from ingest.control.period_book import PeriodPlace
from ingest.control.period_life import Word, waived
from ingest.control.period_log import PeriodLog
from runtime import topics
from runtime.errors import StateFenced, StateUncertain
from runtime.key_files import new_key
from runtime.keyed_state import KeyedState
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.audit import AuditEvent
from schemas.codec import decode_event, encode_event
from schemas.device_events import AccessEvent
from schemas.devices import DeviceState
from schemas.payperiods import Hindrance, PayPeriod, PeriodStatus, Waiver
from schemas.polled import SourceStatus
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord
from schemas.registry_timecards import PayGroupPeriod, PayGroupRecord
from tests.integration.helpers import make_settings, producer, until
from tests.integration.ingest.control.derive_stand_in import deriving
from tests.unit.ingest.control.samples import device_state
from tests.unit.ingest.control.test_period_devices import at, gap

CLERK = Caller(Operator("clerk", "admin", "cli"))
PLACE = PeriodPlace("office", date(2026, 2, 20))
END = at("2026-02-28T23:00")
RECORDS: list[Record] = [
    SiteRecord("berlin", (SitePeriod(zone="Europe/Berlin"),)),
    SiteRecord("paris", (SitePeriod(zone="Europe/Paris"),)),
    DeviceRecord("A1", (DevicePeriod(site="berlin", tenant="default", zone="Europe/Berlin"),)),
    PayGroupRecord("office", (PayGroupPeriod(tenant="default", cycle="month", needs_approval=True),)),
]


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    new_key(tmp_path / "keys", "default")
    settings = make_settings(
        stack, topic_prefix, "kafka.partitions=2", f"keys.folder={tmp_path / 'keys'}",
        f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip
    await topics.apply(settings.kafka)
    await write_changes(settings.kafka, compare_records([], RECORDS))
    return settings


@dataclass
class Room:
    settings: Settings
    operations: Operations

    async def told(self, *states: DeviceState) -> None:
        """The own view has them."""
        async with producer(self.settings, "devices") as sender:
            for state in states:
                key = state.device.encode()
                await sender.send("devices", key, encode_event(state), partition_by=key)
        view = self.operations.periods._closer._devices
        await until(lambda: all(view.state(s.device) == s for s in states), "the states are in the view")

    async def audit(self) -> list[tuple[str, str]]:
        async with KafkaReader(self.settings.kafka) as reader:
            found = [decode_event(AuditEvent, record.value) async for record in reader.records("audit")]
        return [(event.action, event.target) for event in sorted(found, key=lambda event: event.at)]

    async def log(self) -> list[PayPeriod]:
        async with KafkaReader(self.settings.kafka) as reader:
            return [decode_event(PayPeriod, record.value) async for record in reader.records("payperiods")]


@asynccontextmanager
async def room(settings: Settings) -> AsyncIterator[Room]:
    async with open_operations(settings) as operations:
        yield Room(settings, operations)


def waiver(**what: str) -> Waiver:
    return Waiver(**{"code": "DEVICE", "waived_by": "nobody", "reason": "hand-written list", **what})


async def test_from_open_to_locked_acknowledged_reopened_and_retro(settings: Settings) -> None:
    async with room(settings) as there, deriving(settings) as derive:
        periods = there.operations.periods
        await there.told(device_state("A1", watermark=END))
        told: list[tuple[int, int]] = []
        outcome = await periods.close(CLERK, PLACE, wait_seconds=30, tell=lambda *counts: told.append(counts))
        period, sums = outcome.period, outcome.period.manifest
        assert (period.status, period.first, period.last, period.version) == ("LOCKED", "2026-02-01", "2026-02-28", 2)
        assert period.needs_approval
        assert sums is not None
        assert (sums.cards, sums.minutes["worked"], sums.content_hash) == (6, 2880, f"{1:032x}")  # modulo 2^128
        assert (told[-1], outcome.hindrances) == ((2, 2), [])
        await until(lambda: [one.status for one in derive.seen] == ["CLOSING", "LOCKED"], "derive has seen the lock")

        with pytest.raises(ControlRefused, match="locked already"):
            await periods.close(CLERK, PLACE)
        with pytest.raises(HashDiffers, match="stop the run"):
            await periods.acknowledge(CLERK, PLACE, "f" * 32)
        assert (await periods.acknowledge(CLERK, PLACE, sums.content_hash)).version == 3
        assert (await periods.acknowledge(CLERK, PLACE, sums.content_hash)).version == 3
        assert (await periods.manifest(CLERK, PLACE)).acknowledged_by == "clerk"
        changed = await periods.retro(CLERK, PLACE, reason="new agreement")
        assert (changed.retro, changed.retro_registry) == (1, len(RECORDS))
        with pytest.raises(ControlRefused, match="acknowledged by clerk"):
            await periods.reopen(CLERK, PLACE, reason="wrong")
        assert (await periods.reopen(CLERK, PLACE, reason="wrong", not_paid_yet=True)).status == "REOPENED"
        with pytest.raises(ControlRefused, match="is REOPENED"):
            await periods.manifest(CLERK, PLACE)
        again = await periods.close(CLERK, PLACE, wait_seconds=30)
        assert (again.period.status, again.period.version) == (PeriodStatus.LOCKED, 7)
        assert [one.version for one in await there.log()] == [1, 2, 3, 4, 5, 6, 7]
        target = "default+office+2026-02-01"
        actions = [action.removeprefix("payperiod.") for action, of in await there.audit() if of == target]
        assert actions == ["close", "lock", "acknowledge", "retro", "reopen", "close", "lock"]
        assert ("payperiod.acknowledge_refused", "default+office+2026-02-20") in await there.audit()


async def test_what_hinders_is_told_and_waived_by_name(settings: Settings) -> None:
    missing = Hindrance(employee="E1", work_date="2026-02-03", code="MISSING_OUT", detail="")
    async with room(settings) as there, deriving(settings, hindrances=[missing]):
        periods = there.operations.periods
        station = device_state("akuvox:0C11", source_status=SourceStatus.OK, watermark=END, site="berlin")
        await there.told(device_state("A1", watermark=END - 1), station)
        await put_gaps(settings, gap(END - 1, END + 10))
        outcome = await periods.close(CLERK, PLACE, wait_seconds=30)
        assert outcome.period.status is PeriodStatus.OPEN
        assert [(one.code, one.employee, one.device) for one in outcome.hindrances] == [
            ("MISSING_OUT", "E1", ""), ("DEVICE", "", "A1"), ("DEVICE", "", "akuvox:0C11"),
        ]  # fmt: skip
        assert outcome.period.reason.startswith("not locked: 2 DEVICE, 1 MISSING_OUT; A1 at berlin has told everything")
        shown = await periods.show(CLERK, PLACE)
        assert [(one.code, one.employee) for one in shown.hindrances] == [("MISSING_OUT", "E1")]

        await periods.waive(CLERK, PLACE, waiver(device="a1"))
        await periods.waive(CLERK, PLACE, waiver(code="MISSING_OUT", employee="E1"))
        left = await periods.close(CLERK, PLACE, wait_seconds=30)
        assert [(one.code, one.device) for one in left.hindrances] == [("DEVICE", "akuvox:0C11")]
        elsewhere = await periods.close(CLERK, PLACE, wait_seconds=30, sites=["paris"])
        assert elsewhere.period.status is PeriodStatus.LOCKED
        assert [(one.code, one.waived_by) for one in elsewhere.period.waivers] == [
            ("DEVICE", "clerk"), ("MISSING_OUT", "clerk"),
        ]  # fmt: skip


async def test_a_period_without_cards_is_not_locked(settings: Settings) -> None:
    async with room(settings) as there, deriving(settings, cards=0):
        await there.told(device_state("A1", watermark=END))
        outcome = await there.operations.periods.close(CLERK, PLACE, wait_seconds=30)
        assert (outcome.period.status, [one.code for one in outcome.hindrances]) == (PeriodStatus.OPEN, ["EMPTY"])


async def test_a_closing_that_was_left_behind_is_gone_on_with_or_given_up(settings: Settings) -> None:
    async with room(settings) as there:
        periods = there.operations.periods
        await there.told(device_state("A1", watermark=END))
        async with deriving(settings, silent={1}):
            left = await periods.close(CLERK, PLACE, wait_seconds=1)
            assert (left.period.status, left.period.version, left.partitions) == (PeriodStatus.CLOSING, 1, 2)
            await until(lambda: reported(periods), "partition 0 has reported")
        with pytest.raises(ControlRefused, match="before it is closed"):
            await periods.waive(CLERK, PLACE, waiver())
        async with deriving(settings):
            joined = await periods.close(CLERK, PLACE, wait_seconds=30)
            assert (joined.period.status, joined.period.version) == (PeriodStatus.LOCKED, 2)
        await periods.reopen(CLERK, PLACE, reason="wrong")
        again = await periods.close(CLERK, PLACE, wait_seconds=0)
        assert (again.period.version, again.reported) == (4, 0)  # reports on the closing before do not count
        other = PeriodPlace("office", date(2026, 1, 31))
        assert (await periods.close(CLERK, other, wait_seconds=0)).reported == 0
        assert (await periods.give_up(CLERK, other, reason="later")).status is PeriodStatus.OPEN
        with pytest.raises(ControlRefused, match="is OPEN since version 2"):
            await periods.give_up(CLERK, other)


async def reported(periods: Any) -> bool:
    found = await periods.show(CLERK, PLACE)
    return bool(found.reported == 1 and found.partitions == 2)


async def test_many_coordinators_make_one_lock(settings: Settings) -> None:
    async with room(settings) as there, room(settings) as elsewhere, deriving(settings):
        for one in (there, elsewhere):
            await one.told(device_state("A1", watermark=END))
        closings = [one.operations.periods.close(CLERK, PLACE, wait_seconds=30) for one in (there, elsewhere) * 3]
        outcomes = await asyncio.gather(*closings)
        assert {(one.period.status, one.period.version) for one in outcomes} == {(PeriodStatus.LOCKED, 2)}
        assert [(one.status, one.version) for one in await there.log()] == [("CLOSING", 1), ("LOCKED", 2)]


async def test_of_changes_at_once_none_is_lost(settings: Settings) -> None:
    async with room(settings) as there:
        waivers = [waiver(device=f"D{number}") for number in range(5)]
        await asyncio.gather(*(there.operations.periods.waive(CLERK, PLACE, one) for one in waivers))
        found = await there.log()
        assert [one.version for one in found] == [1, 2, 3, 4, 5]
        assert {one.device for one in found[-1].waivers} == {f"D{number}" for number in range(5)}


async def test_a_coordinator_that_was_frozen_cannot_write_any_more(settings: Settings) -> None:
    async with room(settings) as there:
        partition = there.operations.periods._book.log._partition_of("default", "office")
        frozen = KeyedState(settings.kafka, "payperiods", client_id="frozen")
        await frozen.assigned([partition])
        try:
            await there.operations.periods.waive(CLERK, PLACE, waiver())
            with pytest.raises(StateFenced):
                await frozen.put(partition, {b"default+office+2026-02-01": b"{}"})
        finally:
            await frozen.stop()
        assert [one.version for one in await there.log()] == [1]


async def test_a_change_that_is_overtaken_is_decided_anew(settings: Settings) -> None:
    """Another writer takes the partition between reading and writing, once."""
    async with room(settings) as there:
        book = there.operations.periods._book
        overtaken: list[int] = []
        log = PeriodLog(settings.kafka, book.log._partition_of)
        await there.operations.periods.waive(CLERK, PLACE, waiver(device="D0"))

        class Overtaken(PeriodLog):
            async def _change(self, state: KeyedState, *rest: Any) -> tuple[PayPeriod, bool]:
                if not overtaken:
                    put = state.put

                    async def late(*arguments: Any) -> None:
                        overtaken.append(1)
                        await log.change("default", "office", lambda known: add(known, "D1"))
                        await put(*arguments)

                    state.put = late  # type: ignore[method-assign,assignment]  # the race, made certain
                return await super()._change(state, *rest)

        def add(known: list[PayPeriod], device: str) -> PayPeriod:
            return waived(known[0], waiver(device=device), Word("x", 1_773_000_000_000, "r"))

        await Overtaken(settings.kafka, book.log._partition_of).change(
            "default", "office", lambda known: add(known, "D2")
        )
        found = await there.log()
        assert [[one.device for one in period.waivers] for period in found] == [
            ["D0"], ["D0", "D1"], ["D0", "D1", "D2"]
        ]  # fmt: skip


async def test_a_change_whose_commit_was_not_heard_of_is_not_made_twice(settings: Settings) -> None:
    async with room(settings) as there:
        lost: list[int] = []

        class Unheard(PeriodLog):
            async def _change(self, state: KeyedState, *rest: Any) -> tuple[PayPeriod, bool]:
                put = state.put

                async def unheard(*arguments: Any) -> None:
                    await put(*arguments)
                    lost.append(1)
                    raise StateUncertain("the answer was lost")

                state.put = unheard  # type: ignore[method-assign,assignment]  # the answer's loss, made certain
                return await super()._change(state, *rest)

        await there.operations.periods.waive(CLERK, PLACE, waiver(device="D0"))
        log = Unheard(settings.kafka, there.operations.periods._book.log._partition_of)
        word = Word("x", 1_773_000_000_000, "r")
        changed, was_written = await log.change(
            "default", "office", lambda known: waived(known[0], waiver(device="D1"), word)
        )
        assert (changed.version, was_written, len(lost)) == (2, True, 1)
        assert [one.version for one in await there.log()] == [1, 2]


async def test_who_may_and_what_is_not_there(settings: Settings) -> None:
    async with room(settings) as there:
        periods = there.operations.periods
        operator = Caller(Operator("o", "operate", "api"), "default")
        for role, do in (
            ("operate", lambda who: periods.waive(who, PLACE, waiver())),
            ("operate", lambda who: periods.reopen(who, PLACE)),
            ("operate", lambda who: periods.retro(who, PLACE, reason="r")),
            ("read", lambda who: periods.close(who, PLACE, wait_seconds=0)),
            ("read", lambda who: periods.acknowledge(who, PLACE, "0" * 32)),
        ):
            with pytest.raises(Forbidden):
                await do(Caller(Operator("o", role, "api"), "default"))  # type: ignore[arg-type]  # a role as text
        with pytest.raises(Forbidden, match="all sites"):
            await periods.known(Caller(Operator("o", "admin", "api"), "default", frozenset({"berlin"})))
        with pytest.raises(Forbidden, match="not of tenant other"):
            await periods.show(operator, PeriodPlace("office", PLACE.day, "other"))
        with pytest.raises(NotThere, match="2026-02-01 to 2026-02-28 of pay group office"):
            await periods.show(operator, PLACE)
        assert await there.log() == []
        assert await there.audit() == []


async def put_gaps(settings: Settings, *gaps: AccessEvent) -> None:
    async with producer(settings, "access") as sender:
        for one in gaps:
            await sender.send("access", b"id", encode_event(one), partition_by=one.device.encode())
