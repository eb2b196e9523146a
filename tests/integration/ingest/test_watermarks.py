"""A terminal's watermark on a genuine Kafka: after its uploads in their partition, and to all who read it."""

from __future__ import annotations

from pathlib import Path

import orjson

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.main import group_of as normalize_group
from processors.main import run as normalize
from processors.resolve_main import group_of as resolve_group
from processors.resolve_main import run as resolve
from processors.track_main import group_of as track_group
from processors.track_main import run as track
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.devices import DeviceInput, DeviceState, InputKind
from schemas.headers import RawHeaders
from schemas.registry import DevicePeriod, DeviceRecord
from schemas.resolver_input import ResolverInput, ResolverInputKind
from schemas.timecards_input import TimecardInput, TimecardInputKind
from tests.integration.helpers import until
from tests.integration.ingest.running import RunningEdge, body_of, edge_settings, running_edge, status_of
from tests.integration.processors.keyed_part import running

QUIET_SECONDS = 2
MARGIN_MS = 15 * 60_000
ROW = b"7\t2026-03-01 09:00:00\t0\t1\t0\n"


async def lines(settings: Settings, serial: str) -> list[tuple[int, int, RawHeaders, bytes]]:
    """Partition, offset, headers and body of a terminal's records in raw.attendance, in the order of the log."""
    async with KafkaReader(settings.kafka) as reader:
        found = [
            (record.partition, record.offset, RawHeaders.decode(record.headers), record.value)
            async for record in reader.records("raw.attendance")
        ]
    return sorted((one for one in found if one[2].source == serial), key=lambda one: one[:2])


async def poll(edge: RunningEdge, serial: str) -> bytes:
    return await edge.send(f"GET /iclock/getrequest?SN={serial} HTTP/1.0\r\n\r\n".encode())


async def polled_until_told(edge: RunningEdge, serial: str) -> None:
    """The terminal polls until the log has a watermark of it."""

    async def told() -> bool:
        assert body_of(await poll(edge, serial)) == b"OK"
        return any(headers.table == "WATERMARKS" for _, _, headers, _ in await lines(edge.settings, serial))

    await until(told, "a watermark is in the log")


async def committed(settings: Settings) -> None:
    """Normalizer, tracker and resolver have handled all that the edge wrote."""
    groups = [
        *((normalize_group(settings.normalize, topic), topic) for topic in ("raw.attendance", "raw.device")),
        (track_group(settings.track, "device.input"), "device.input"),
        (resolve_group(settings.resolve, "resolver.input"), "resolver.input"),
    ]  # fmt: skip
    async with KafkaReader(settings.kafka) as reader:

        async def dry() -> bool:
            return not any([await reader.lag(group, topic) for group, topic in groups])

        await until(dry, "every part has committed its input", 90)


async def test_a_terminal_that_is_quiet_has_told_everything_and_everybody_hears_it(
    stack: LocalStack, topic_prefix: str, tmp_path: Path
) -> None:
    settings = edge_settings(
        stack, topic_prefix, tmp_path, f"ingest.watermark_quiet_seconds={QUIET_SECONDS}",
        "ingest.watermark_step_seconds=1", "kafka.partitions=3",
        "ingest.unknown_devices=pending", "normalize.health_port=0", "track.health_port=0", "resolve.health_port=0",
        f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip
    async with running_edge(settings) as edge:
        record = DeviceRecord("T1", (DevicePeriod(site="pune", tenant="default", zone="Asia/Kolkata"),))
        await write_changes(settings.kafka, compare_records([], [record]))

        async def served() -> bool:
            return status_of(await edge.send(b"GET /iclock/cdata?SN=T1&options=all HTTP/1.0\r\n\r\n")) == 200

        await until(served, "the terminal is served")
        assert status_of(await poll(edge, "STRANGER")) == 403
        for number in range(3):
            assert body_of(await edge.post("T1", ROW * (number + 1))) == b"OK: %d\n" % (number + 1)
            assert body_of(await poll(edge, "T1")) == b"OK"
        await polled_until_told(edge, "T1")
        async with running(normalize, settings), running(track, settings), running(resolve, settings):
            await committed(settings)
    found = await lines(settings, "T1")
    assert [headers.table for _, _, headers, _ in found] == ["ATTLOG", "ATTLOG", "ATTLOG", "WATERMARKS"]
    assert len({partition for partition, _, _, _ in found}) == 1
    *_, (_, _, last, _), (_, _, told, body) = found
    assert told.received_at - last.received_at >= QUIET_SECONDS * 1000
    watermark = told.received_at - MARGIN_MS
    assert orjson.loads(body) == [{"device": "T1", "watermark": watermark}]
    assert await lines(settings, "STRANGER") == []
    await all_heard(settings, watermark)


async def all_heard(settings: Settings, watermark: int) -> None:
    async with KafkaReader(settings.kafka) as reader:
        inputs = [decode_event(DeviceInput, one.value) async for one in reader.records("device.input")]
        states = {one.key: one.value async for one in reader.records("devices")}
        resolver = [decode_event(ResolverInput, one.value) async for one in reader.records("resolver.input")]
        cards = [decode_event(TimecardInput, one.value) async for one in reader.records("timecards.input")]
        dead = [one.value async for one in reader.records("deadletters")]
    assert dead == []
    (own,) = (one for one in inputs if one.kind is InputKind.WATERMARK)
    assert (own.device, own.site, own.via, own.watermark) == ("T1", "pune", "", watermark)
    state = decode_event(DeviceState, states[b"T1"])
    assert (state.watermark, state.via, state.polled_by) == (watermark, "", "")
    of_t1 = [one for one in resolver if one.device == "T1" or (one.punch and one.punch.device == "T1")]
    assert [one.kind for one in of_t1] == [ResolverInputKind.PUNCH] * 6 + [ResolverInputKind.WATERMARK]
    marks = [one for one in cards if one.kind is TimecardInputKind.WATERMARK and one.site == "pune"]
    assert {one.watermark for one in marks} == {watermark - watermark % 60_000}


async def test_a_terminal_that_has_nothing_to_bring_tells_so_too(
    stack: LocalStack, topic_prefix: str, tmp_path: Path
) -> None:
    """No upload, no handshake here: a terminal that this edge hears of for the first time."""
    settings = edge_settings(stack, topic_prefix, tmp_path, "ingest.watermark_quiet_seconds=0.5")
    async with running_edge(settings) as edge:
        await polled_until_told(edge, "FIRST")
        ((_, _, headers, body),) = await lines(settings, "FIRST")
        assert orjson.loads(body) == [{"device": "FIRST", "watermark": headers.received_at - MARGIN_MS}]
