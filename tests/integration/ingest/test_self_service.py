"""Somebody punches at one clock and asks at another of the area: what timecards tell reaches the edge through Kafka."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.local.stack import LocalStack
from processors.last_punch_sender import LAST_PUNCH_TOPIC, LastPunchSender
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.partition import TimecardPartition
from processors.timecards.stream.self_service import SelfService
from runtime.areas import Areas
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.codec import encode_event
from schemas.lastpunch import LastPunch, last_punch_key
from schemas.registry import AreaRecord, DevicePeriod, DeviceRecord, GroupPeriod, Record, encode_record, record_key
from tests.integration.helpers import producer, until
from tests.integration.ingest.running import RunningEdge, body_of, edge_settings, running_edge
from tests.unit.processors.timecards.stream.world import DAY, HOUR, assign, pid

CLOCK = DevicePeriod(site="home", tenant="demo", zone="Asia/Dubai")
RECORDS: tuple[Record, ...] = (
    DeviceRecord("A1", (CLOCK,)),
    DeviceRecord("B2", (CLOCK,)),
    AreaRecord("hall", (GroupPeriod(devices=("A1", "B2")),)),
)


async def ask(edge: RunningEdge, target: str) -> bytes:
    return body_of(await edge.send(f"GET /iclock/cdata?{target} HTTP/1.0\r\n\r\n".encode()))


async def hours(edge: RunningEdge, serial: str) -> str:
    line = (await ask(edge, f"SN={serial}&table=SELFSERVICEDATA&PIN=007&ServiceNum=2")).decode()
    return base64.b64decode(line.rpartition("Data=")[2]).decode()


def _raise(failure: Exception) -> None:
    raise failure


async def tell_timecards(settings: Settings, in_ms: int, out_ms: int) -> None:
    """What derive does with a shift that was punched at A1."""
    registry = RegistryView(settings.kafka)
    await registry.start()
    try:
        model = TimecardPartition(
            {}, partition=0, partitions=1, registry=lambda: CardRegistry.of([], 1), on_failure=_raise,
            later_of=SelfService(Areas(registry).of),
        )  # fmt: skip
        where = {"pin": "7", "zone": "Asia/Dubai", "utc_offset_s": 14_400}
        for offset, event in enumerate((assign(in_ms, 0, "007", **where), assign(out_ms, 1, "007", **where))):
            model.apply(event, offset)
        async with producer(settings, LAST_PUNCH_TOPIC) as made:
            await LastPunchSender(made).send(model.changes().later)
    finally:
        await registry.stop()


async def test_an_areas_other_clock_shows_the_last_punch_and_the_hours(
    stack: LocalStack, topic_prefix: str, tmp_path: Path
) -> None:
    settings = edge_settings(stack, topic_prefix, tmp_path, "kafka.partitions=4")
    # Of this date at the clocks, so of the week that the edge has; whether the time has come does not matter here.
    today = (int(time.time() * 1000) + 4 * HOUR) // DAY * DAY - 4 * HOUR
    in_ms, out_ms, later_ms = today + 8 * HOUR, today + 9 * HOUR, today + 10 * HOUR
    shown = f"{datetime.fromtimestamp(out_ms / 1000, UTC) + timedelta(hours=4):date=%Y-%m-%d\ttime=%H:%M:%S}"
    async with running_edge(settings) as edge:
        async with producer(settings, "registry") as made:
            for record in RECORDS:
                await made.send("registry", record_key(record), encode_record(record), partition_by=b"registry")
        assert await ask(edge, "SN=B2&type=LastPunch&PIN=7") == b"status=1\n"
        await tell_timecards(settings, in_ms, out_ms)

        async def is_told() -> bool:
            return shown.encode() in await ask(edge, "SN=B2&type=LastPunch&PIN=007")

        await until(is_told, "the other clock shows the punch")
        answer = await ask(edge, "SN=B2&type=LastPunch&PIN=007")
        assert answer == f"status=0\nname=\tpin=007\tstate=1\tworkcode=\t{shown}\n".encode()
        assert await hours(edge, "B2") == await hours(edge, "A1") == "Hours this week: 1:00"
        assert await ask(edge, "SN=C3&type=LastPunch&PIN=7") == b"status=1\n"

        # The clock's own punch, of after it, is what is shown there; the hours are still those of the timecards.
        later = LastPunch(
            tenant="demo", device="B2", pin="7", punch_at=later_ms, local_text="", state=0, work_code="",
            event_id=pid(later_ms),
        )  # fmt: skip
        async with producer(settings, LAST_PUNCH_TOPIC) as made:
            await made.send(LAST_PUNCH_TOPIC, last_punch_key("B2", "7"), encode_event(later), partition_by=b"B2")

        async def is_own() -> bool:
            return b"state=0" in await ask(edge, "SN=B2&type=LastPunch&PIN=7")

        await until(is_own, "the clock shows its own punch")
        assert await hours(edge, "B2") == "Hours this week: 1:00"
